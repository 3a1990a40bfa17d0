#include "support/vault_fixture.hpp"

#include <stdexcept>

#include "format/recovery_code.hpp"
#include "ops/audit.hpp"
#include "ops/backup.hpp"
#include "ops/restore.hpp"
#include "ops/scrub.hpp"
#include "storage/local_storage.hpp"
#include "support/sample_database.hpp"

namespace valise::test {
namespace {

constexpr std::uint64_t kObjectBytesMax = 64 << 20;

}  // namespace

VaultFixture::VaultFixture() {
  InitOptions options;
  options.device_name = "laptop";
  static_cast<void>(
      init_vault(run(), options, [&](const Secret& code) { owner_code_ = text_of(code.view()); }));
}

Run VaultFixture::run(const std::string& machine) {
  Run run;
  run.places = {vault_folder(), folder() / machine / "config", folder() / machine / "state"};
  run.clock = &clock;
  run.on_warning = [this](const std::string& text) { warnings.push_back(text); };
  return run;
}

std::filesystem::path VaultFixture::new_folder() {
  return folder() / ("restored-" + std::to_string(++folders_));
}

UnlockSource VaultFixture::by_code(std::string code) {
  return [code = std::move(code)] {
    Unlock unlock;
    unlock.kind = Unlock::Kind::recovery_code;
    unlock.secret = Secret::copy_of(bytes_of(code));
    return unlock;
  };
}

UnlockSource VaultFixture::agent(const std::string& name) const {
  return by_code(agent_codes_.at(name));
}

RootKeys VaultFixture::owner_keys() const {
  return RootKeys(parse_recovery_code(bytes_of(owner_code_)).view());
}

RootKeys VaultFixture::agent_keys(const std::string& name) const {
  return RootKeys(parse_recovery_code(bytes_of(agent_codes_.at(name))).view());
}

Credential VaultFixture::credential(const std::string& machine) {
  auto credential = load_credential(run(machine).places.config_dir, vault_id());
  if (!credential) throw std::runtime_error(machine + " is not enrolled");
  return std::move(*credential);
}

std::string VaultFixture::card(const std::string& name) const {
  return (folder() / ("agent-" + name) / "agent.card").string();
}

std::string VaultFixture::new_agent(const std::string& name) {
  KeygenOptions options;
  options.name = name;
  options.dir = std::filesystem::path(card(name)).parent_path();
  const AgentFiles files = escrow_keygen(
      run(), options, [&](const Secret& code) { agent_codes_[name] = text_of(code.view()); });
  return files.card.string();
}

PolicyChangeResult VaultFixture::set_policy(unsigned k, const std::vector<std::string>& agents) {
  PolicyChange change;
  change.escrow = !agents.empty();
  change.k = k;
  for (const std::string& name : agents) {
    change.agents.push_back(agent_codes_.contains(name) ? card(name) : new_agent(name));
  }
  clock.advance(kDay);
  return valise::set_policy(run(), change, owner(), [](const Reader&) { return true; });
}

std::filesystem::path VaultFixture::database(const std::string& name) {
  std::filesystem::path path = folder() / name;
  // Large enough for a chain of several increments, small enough for thousands of restores.
  if (!std::filesystem::exists(path)) make_database(path, {.page_size = 1024, .rows = 400});
  return path;
}

void VaultFixture::change_database(const std::string& name) {
  SampleConnection connection(database(name));
  const std::string number = std::to_string(++changes_);
  connection.execute("UPDATE note SET body = 'changed " + number + "' WHERE id = " + number);
}

BackupSummary VaultFixture::back_up(const std::string& name, const std::string& machine,
                                    bool full) {
  BackupOptions options;
  options.sources = {database(name)};
  options.full = full;
  clock.advance(kDay);
  return backup(run(machine), options).sources.at(0);
}

BackupReport VaultFixture::back_up_to(Storage& storage, const std::string& name,
                                      const std::string& machine) {
  BackupOptions options;
  options.sources = {database(name)};
  clock.advance(kDay);
  return backup_to(storage, run(machine), options, {});
}

std::unique_ptr<MemoryStorage> VaultFixture::in_memory() const {
  const LocalStorage from = LocalStorage::open(vault_folder());
  auto to = std::make_unique<MemoryStorage>();
  for (const ObjectInfo& object : from.list("")) {
    to->overwrite(object.name, read_object(from, object.name, kObjectBytesMax));
  }
  return to;
}

std::string restored(VaultFixture& fixture, Storage& storage, const UnlockSource& unlock,
                     const std::string& snapshot) {
  RestoreOptions options;
  options.snapshot = snapshot;
  options.to = fixture.new_folder();
  return dump_database(restore_from(storage, fixture.run("stranger"), options, unlock).database);
}

AuditReport audited(VaultFixture& fixture, Storage& storage, const std::string& machine) {
  return audit_in(storage, fixture.run(machine), {}, {});
}

AuditReport audited_deep(VaultFixture& fixture, Storage& storage, const UnlockSource& unlock) {
  AuditOptions options;
  options.deep = true;
  return audit_in(storage, fixture.run("auditor"), options, unlock);
}

std::set<std::string> error_codes(const AuditReport& report) {
  std::set<std::string> codes;
  for (const AuditFinding& finding : report.findings) {
    if (finding.severity == Severity::error) codes.insert(finding.code);
  }
  return codes;
}

std::vector<std::string> error_messages(const AuditReport& report) {
  std::vector<std::string> messages;
  for (const AuditFinding& finding : report.findings) {
    if (finding.severity == Severity::error) messages.push_back(finding.message);
  }
  return messages;
}

const AuditedBackup& row_of(const AuditReport& report, const std::string& snapshot) {
  for (const AuditedBackup& backup : report.backups) {
    if (backup.snapshot == snapshot) return backup;
  }
  throw std::runtime_error("the audit has no row for " + snapshot);
}

ScrubReport scrubbed(VaultFixture& fixture, Storage& storage) {
  return scrub_in(storage, fixture.run("auditor"), {});
}

std::set<std::string> damaged_objects(const ScrubReport& report) {
  std::set<std::string> objects;
  for (const ScrubFinding& finding : report.findings) {
    if (finding.error) objects.insert(finding.object);
  }
  return objects;
}

}  // namespace valise::test
