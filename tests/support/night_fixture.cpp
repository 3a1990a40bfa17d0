#include "support/night_fixture.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>

#include "ops/audit.hpp"
#include "ops/scrub.hpp"
#include "ops/verify.hpp"
#include "support/sample_database.hpp"

namespace valise::test {

namespace fs = std::filesystem;

namespace {

constexpr const char* kAgentPassphrase = "crate velvet noon hazel orbit";
// The least that a key file may ask for: these tests are not about guessing.
constexpr std::uint32_t kQuickMemoryKib = 64 * 1024;

std::map<std::string, std::string> tables_of(const fs::path& path) {
  SampleConnection connection(path);
  std::map<std::string, std::string> tables;
  tables["schema"] = connection.rows(
      "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name, tbl_name");
  tables["settings"] = connection.rows("PRAGMA encoding") + connection.rows("PRAGMA auto_vacuum") +
                       connection.rows("PRAGMA user_version") +
                       connection.rows("PRAGMA application_id");
  std::string names = connection.rows(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND rootpage > 0 ORDER BY name");
  while (!names.empty()) {
    const std::size_t end = names.find('\n');
    // A literal: 'name'
    std::string name = names.substr(1, end - 2);
    names.erase(0, end + 1);
    std::string quoted = "\"";
    for (const char c : name) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    tables["table " + name] = connection.rows("SELECT * FROM " + quoted + "\"");
  }
  return tables;
}

std::string first_line_that_differs(const std::string& a, const std::string& b) {
  const auto [in_a, in_b] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  const auto line = [](const std::string& text, std::string::const_iterator at) {
    const auto offset = static_cast<std::size_t>(at - text.begin());
    const std::size_t start = offset == 0 ? std::string::npos : text.rfind('\n', offset - 1);
    return text.substr(start == std::string::npos ? 0 : start + 1, 200);
  };
  return "\n  " + line(a, in_a) + "\n  " + line(b, in_b);
}

// Nobody drills in these tests: `but` are the warnings that do not count.
std::string audit_problems_but(Storage& storage, const Run& run, const std::set<std::string>& but) {
  std::string problems;
  for (const AuditFinding& finding : audit_in(storage, run, {}, {}).findings) {
    const bool expected = finding.severity == Severity::warning && but.contains(finding.code);
    if (expected || finding.severity == Severity::info) continue;
    problems += finding.code + " " + finding.message + "\n";
  }
  return problems;
}

}  // namespace

NightFixture::NightFixture() {
  start();
  InitOptions options;
  options.device_name = "first";
  const InitResult made =
      init_vault(run(), options, [&](const Secret& code) { code_ = code.clone(); });
  vault_id_ = made.vault_id;
}

fs::path NightFixture::state_file() const { return memory() / "state" / vault_id_ / "state.db"; }
fs::path NightFixture::credential_file() const {
  return memory() / "config" / vault_id_ / "credential";
}

UnlockSource NightFixture::owner() const {
  return [this] { return Unlock{Unlock::Kind::recovery_code, code_.clone(), std::nullopt}; };
}

Run NightFixture::run() {
  Run run;
  run.places = {vault(), memory() / "config", memory() / "state"};
  run.clock = &clock;
  run.on_warning = [this](const std::string& warning) { warnings.push_back(warning); };
  return run;
}

Run NightFixture::elsewhere(const std::string& name) {
  Run other = run();
  other.places.config_dir = folder() / name / "config";
  other.places.state_dir = folder() / name / "state";
  return other;
}

BackupSummary NightFixture::night(const fs::path& source, bool full) {
  clock.advance(kDay);
  return whole(backup(run(), {.sources = {source}, .full = full})).sources.at(0);
}

BackupReport NightFixture::night(const std::vector<fs::path>& sources) {
  clock.advance(kDay);
  return whole(backup(run(), {.sources = sources}));
}

RestoreResult NightFixture::restore(const std::string& snapshot, const std::string& source) {
  RestoreOptions options;
  options.snapshot = snapshot;
  options.source = source;
  options.to = folder() / ("restored-" + std::to_string(++counter_));
  options.check = CheckLevel::full;
  return valise::restore(elsewhere("restorer"), options, owner());
}

UnlockSource NightFixture::put_under_escrow() {
  KeygenOptions keygen;
  keygen.name = "agent " + std::to_string(++counter_);
  keygen.dir = folder() / ("agent-" + std::to_string(counter_));
  keygen.passphrase = Secret::copy_of(bytes_of(kAgentPassphrase));
  keygen.passphrase_memory_kib = kQuickMemoryKib;
  const AgentFiles files = escrow_keygen(run(), keygen, [](const Secret&) {});
  static_cast<void>(
      set_policy(run(), {.escrow = true, .k = 1, .agents = {files.card}, .min_keep_days = {}},
                 owner(), [](const Reader&) { return true; }));
  return [key_file = files.key_file] {
    return Unlock{Unlock::Kind::passphrase, Secret::copy_of(bytes_of(kAgentPassphrase)), key_file};
  };
}

void NightFixture::put_under_e2ee() {
  static_cast<void>(set_policy(run(), {.escrow = false, .k = 0, .agents = {}, .min_keep_days = {}},
                               owner(), [](const Reader&) { return true; }));
}

BackupReport whole(BackupReport report) {
  if (!report.failures.empty()) throw Error(report.failures.front());
  return report;
}

RestoreOptions into(const fs::path& to) {
  RestoreOptions options;
  options.to = to;
  return options;
}

RestoreOptions over(const fs::path& to) {
  RestoreOptions options = into(to);
  options.overwrite = true;
  return options;
}

RestoreOptions snapshot_into(const std::string& snapshot, const fs::path& to, CheckLevel check) {
  RestoreOptions options = into(to);
  options.snapshot = snapshot;
  options.check = check;
  return options;
}

VerifyOptions every_snapshot() {
  VerifyOptions options;
  options.all = true;
  return options;
}

VerifyOptions one_snapshot(const std::string& snapshot) {
  VerifyOptions options;
  options.snapshot = snapshot;
  return options;
}

void copy_objects(const Storage& from, MemoryStorage& to) {
  for (const ObjectInfo& object : from.list("")) {
    to.overwrite(object.name, read_object(from, object.name, object.size));
  }
}

std::string verify_problems(Storage& storage, const Run& run, const UnlockSource& unlock) {
  std::string problems;
  try {
    const VerifyReport report = verify_in(storage, run, every_snapshot(), unlock);
    for (const VerifiedSnapshot& snapshot : report.snapshots) {
      if (!snapshot.ok) problems += snapshot.problem + "\n";
      for (const std::string& problem : snapshot.check_problems) problems += problem + "\n";
    }
  } catch (const Error& error) {
    problems += error.what() + std::string("\n");
  }
  return problems;
}

std::string scrub_problems(Storage& storage, const Run& run) {
  std::string problems;
  for (const ScrubFinding& finding : scrub_in(storage, run, {}).findings) {
    if (finding.error) problems += finding.problem + "\n";
  }
  return problems;
}

std::string audit_problems(Storage& storage, const Run& run) {
  return audit_problems_but(storage, run, {"undrilled"});
}

std::string audit_problems_after_a_cut(Storage& storage, const Run& run) {
  return audit_problems_but(storage, run, {"undrilled", "unlogged"});
}

std::string row_difference(const fs::path& a, const fs::path& b) {
  const auto in_a = tables_of(a);
  const auto in_b = tables_of(b);
  std::string difference;
  for (const auto& [name, rows] : in_a) {
    const auto other = in_b.find(name);
    if (other == in_b.end()) {
      difference += name + " is missing\n";
    } else if (other->second != rows) {
      difference += name + " differs:" + first_line_that_differs(rows, other->second) + "\n";
    }
  }
  for (const auto& [name, rows] : in_b) {
    if (!in_a.contains(name)) difference += name + " is too much\n";
  }
  return difference;
}

void vacuum_into(const fs::path& source, const fs::path& copy) {
  fs::remove(copy);
  SampleConnection connection(source);
  connection.execute("VACUUM INTO '" + copy.string() + "'");
}

void replace_folder(const fs::path& from, const fs::path& to) {
  fs::remove_all(to);
  fs::create_directories(to.parent_path());
  fs::copy(from, to, fs::copy_options::recursive);
}

}  // namespace valise::test
