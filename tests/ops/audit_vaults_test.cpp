#include <doctest/doctest.h>

#include <fstream>
#include <map>
#include <set>

#include "base/hex.hpp"
#include "ops/audit_scene.hpp"
#include "state/credential.hpp"
#include "support/error_kind.hpp"
#include "support/texts.hpp"
#include "support/vault_fixture.hpp"

namespace valise::test {
namespace {

namespace fs = std::filesystem;

/// What an audit of several vaults said.
struct NotedAudit {
  std::vector<std::string> said;
  std::vector<AuditedVault> vaults;
  std::map<std::string, std::multiset<std::string>> codes;  ///< By folder.
  std::map<std::string, ErrorKind> failures;
  AuditTotal sum;
};

class NotingSink final : public AuditSink {
 public:
  void begin(const AuditedVault& vault) override {
    noted.said.push_back("begin " + vault.folder.filename().string());
    noted.vaults.push_back(vault);
  }
  void backup(const AuditedVault&, const AuditedBackup&) override {
    noted.said.emplace_back("row");
  }
  void finding(const AuditedVault& vault, const AuditFinding& finding) override {
    noted.codes[vault.folder.filename().string()].insert(finding.code);
    noted.said.push_back(finding.code);
  }
  void end(const AuditedVault&) override { noted.said.emplace_back("end"); }
  void unreadable(const fs::path& folder, const Error& error) override {
    noted.failures[folder.filename().string()] = error.kind();
    noted.said.push_back("unreadable " + folder.filename().string());
  }
  void total(const AuditTotal& of) override {
    noted.sum = of;
    noted.said.emplace_back("total");
  }

  NotedAudit noted;
};

/// Two vaults in folders, the second with an escrowed backup.
struct TwoVaults {
  AuditScene a;
  AuditScene b;
  fs::path folder = a.folder.path();
  AuditOptions options;

  TwoVaults() {
    a.nights(2);
    b.vault.set_policy(1, {"alice"});
    b.vault.drill(b.nights(1)[0], "alice");
    write();
  }
  void write() {
    fs::remove_all(folder / "a");
    fs::remove_all(folder / "b");
    a.vault.write_to(folder / "a");
    b.vault.write_to(folder / "b");
    a.clock.set(std::max(a.vault.now, b.vault.now));
  }
  NotedAudit audit(std::vector<fs::path> vaults = {}) {
    if (vaults.empty()) vaults = {folder / "a", folder / "b"};
    NotingSink sink;
    static_cast<void>(audit_vaults(a.run(), vaults, options, {}, sink));
    return std::move(sink.noted);
  }
  /// The checkpoint of both, with or without the vaults' ids.
  void keep_checkpoint(bool with_vaults) {
    std::ofstream out(folder / "checkpoint");
    for (const AuditedVault& vault : audit().vaults) {
      for (const CheckpointLine& line : vault.checkpoint) {
        out << line.signer << " " << line.seq << " " << line.entry_id
            << (with_vaults ? " " + line.vault : "") << "\n";
      }
    }
    options.checkpoint = folder / "checkpoint";
  }
};

}  // namespace

TEST_CASE("several vaults are audited one after the other, with a total") {
  TwoVaults two;
  const NotedAudit noted = two.audit();
  CHECK(noted.said ==
        std::vector<std::string>{"begin a", "row", "row", "end", "begin b", "row", "end", "total"});
  CHECK(noted.sum.vaults == 2);
  CHECK(noted.sum.backups == 3);
  CHECK(noted.sum.e2ee == 2);
  CHECK(noted.sum.escrowed == 1);
  CHECK(noted.sum.errors == 0);
}

TEST_CASE("a vault that cannot be read does not hide the others") {
  TwoVaults two;
  fs::create_directories(two.folder / "none");
  std::ofstream(two.folder / "none" / "vault") << "what is this?";
  const NotedAudit noted =
      two.audit({two.folder / "a", two.folder / "absent", two.folder / "none", two.folder / "b"});
  CHECK(noted.failures == std::map<std::string, ErrorKind>{{"absent", ErrorKind::not_found},
                                                           {"none", ErrorKind::corrupt}});
  CHECK(noted.sum.vaults == 2);
  CHECK(noted.sum.unreadable == 2);
  CHECK(noted.said.front() == "begin a");
  CHECK(noted.said.back() == "total");
}

TEST_CASE("what a sink throws ends the audit") {
  class Full final : public AuditSink {
   public:
    void begin(const AuditedVault&) override {
      throw Error(ErrorKind::storage, "the disk is full");
    }
    void backup(const AuditedVault&, const AuditedBackup&) override {}
    void finding(const AuditedVault&, const AuditFinding&) override {}
    void end(const AuditedVault&) override {}
    void unreadable(const fs::path&, const Error&) override { FAIL("it is not the vault's fault"); }
    void total(const AuditTotal&) override {}
  };
  TwoVaults two;
  Full full;
  CHECK(kind_of([&] {
          static_cast<void>(audit_vaults(two.a.run(), {two.folder / "a"}, {}, {}, full));
        }) == ErrorKind::storage);
}

TEST_CASE("a vault must match one of the cards, single or in a folder") {
  TwoVaults two;
  fs::create_directories(two.folder / "cards");
  two.a.vault.write_card(two.folder / "cards" / "a.card");
  two.options.pins = {two.folder / "cards"};
  NotedAudit noted = two.audit();
  CHECK(noted.vaults[0].pinned);
  CHECK(noted.vaults[0].pinned_card == two.folder / "cards" / "a.card");
  CHECK_FALSE(noted.vaults[1].pinned);
  CHECK(noted.vaults[1].pinned_card.empty());
  CHECK(noted.codes["a"].empty());
  CHECK(noted.codes["b"] == std::multiset<std::string>{"pin"});
  CHECK(noted.sum.vaults_with_errors == 1);

  two.b.vault.write_card(two.folder / "b.card");
  two.options.pins.push_back(two.folder / "b.card");
  noted = two.audit();
  CHECK(noted.vaults[1].pinned);
  CHECK(noted.vaults[1].pinned_card == two.folder / "b.card");
  CHECK(noted.codes["b"].empty());
  CHECK(noted.vaults[1].levels == std::array<std::uint64_t, 4>{0, 0, 1, 0});

  INFO("a folder of no use, and files that are no cards, are said so before any vault is read");
  fs::create_directories(two.folder / "empty");
  two.options.pins = {two.folder / "empty"};
  CHECK(kind_of([&] { static_cast<void>(two.audit()); }) == ErrorKind::usage);
  std::ofstream(two.folder / "cards" / "readme") << "not a card";
  two.options.pins = {two.folder / "cards"};
  CHECK(two.audit().vaults[0].pinned);
  std::ofstream(two.folder / "cards" / "broken.card") << "not a card";
  CHECK(kind_of([&] { static_cast<void>(two.audit()); }) == ErrorKind::corrupt);
}

TEST_CASE("one checkpoint of many vaults is given back to all of them, or to one") {
  for (const bool with_vaults : {true, false}) {
    CAPTURE(with_vaults);
    TwoVaults two;
    two.keep_checkpoint(with_vaults);
    two.b.nights(1);
    two.write();
    NotedAudit noted = two.audit();
    CHECK(noted.sum.errors == 0);
    CHECK(noted.sum.checkpoint_unused == 0);
    CHECK_FALSE(noted.codes["a"].contains("checkpoint"));

    // The newest entry of the device is gone.
    const auto objects = two.a.vault.storage().list("log");
    for (const ObjectInfo& object : objects) {
      if (object.name.ends_with("0000000002.entry") &&
          !object.name.starts_with("log/" + noted.vaults[0].owner)) {
        two.a.vault.storage().remove(object.name);
      }
    }
    two.write();
    noted = two.audit();
    CHECK(noted.codes["a"].contains("rollback"));
    CHECK_FALSE(noted.codes["b"].contains("rollback"));
  }
}

TEST_CASE("a log that is gone is a rollback for who holds the checkpoint") {
  TwoVaults two;
  two.keep_checkpoint(true);
  const std::string owner = two.audit().vaults[0].owner;
  for (const ObjectInfo& object : two.a.vault.storage().list("log")) {
    if (!object.name.starts_with("log/" + owner)) two.a.vault.storage().remove(object.name);
  }
  two.write();
  CHECK(two.audit().codes["a"].count("rollback") == 1);
  CHECK(two.audit({two.folder / "a"}).codes["a"].count("rollback") == 1);

  INFO("lines of three columns: of one vault alone, or else of nobody's");
  TwoVaults other;
  other.keep_checkpoint(false);
  const std::string other_owner = other.audit().vaults[0].owner;
  for (const ObjectInfo& object : other.a.vault.storage().list("log")) {
    if (!object.name.starts_with("log/" + other_owner)) {
      other.a.vault.storage().remove(object.name);
    }
  }
  other.write();
  CHECK(other.audit().sum.checkpoint_unused == 1);
}

TEST_CASE("a checkpoint that says nothing of a vault is a warning, unless it names an absent one") {
  TwoVaults two;
  two.options.checkpoint = two.folder / "checkpoint";
  const std::string line = std::string(64, 'a') + " 1 " + std::string(64, 'b');
  std::ofstream(two.folder / "checkpoint") << line << "\n";
  NotedAudit noted = two.audit();
  CHECK(noted.sum.errors == 0);
  CHECK(noted.sum.warnings == 2);
  CHECK(noted.sum.checkpoint_unused == 1);
  INFO("one of these may stand in the place of the vault that it names");
  std::ofstream(two.folder / "checkpoint") << line << " " << std::string(32, 'c') << "\n";
  noted = two.audit();
  CHECK(noted.sum.errors == 2);
  CHECK(noted.codes["a"] == std::multiset<std::string>{"other-vault"});
}

TEST_CASE("a copy of one vault in the place of another is told, alone and among others") {
  TwoVaults two;
  two.keep_checkpoint(true);
  fs::remove_all(two.folder / "b");
  two.a.vault.write_to(two.folder / "b");

  INFO("alone: the checkpoint of both fits the copy");
  NotedAudit noted = two.audit({two.folder / "b"});
  CHECK(noted.sum.errors == 0);
  CHECK(noted.codes["b"] == std::multiset<std::string>{"checkpoint-vault"});
  CHECK(noted.sum.warnings == 1);
  CHECK(noted.sum.checkpoint_unused == 0);

  INFO("both, with a checkpoint that names both, one, or none");
  noted = two.audit();
  CHECK(noted.codes["b"] == std::multiset<std::string>{"vault-twice"});
  CHECK(noted.codes["a"].empty());
  CHECK(noted.sum.checkpoint_unused > 0);
  two.options.checkpoint.reset();
  CHECK(two.audit().codes["b"] == std::multiset<std::string>{"vault-twice"});
  two.write();
  CHECK(two.audit().codes["b"].empty());
  two.keep_checkpoint(true);
  CHECK(two.audit().codes["b"].empty());

  INFO("two ways to one folder are no copy");
  fs::create_directory_symlink(two.folder / "a", two.folder / "link");
  CHECK(two.audit({two.folder / "a", two.folder / "link", two.folder / "a" / "."}).sum.errors == 0);
}

TEST_CASE("another vault in the place of the one that this device backs up to is an error") {
  VaultFixture own;
  VaultFixture stranger;
  own.back_up();
  stranger.back_up();
  const auto codes = [&](const Run& run) {
    std::set<std::string> found;
    for (const AuditFinding& finding : audit(run, {}).findings) found.insert(finding.code);
    return found;
  };
  const fs::path place = own.vault_folder();
  const Run run = own.run();
  CHECK(codes(run).empty());
  fs::rename(place, own.folder() / "away");
  fs::copy(stranger.vault_folder(), place, fs::copy_options::recursive);
  CHECK(codes(run) == std::set<std::string>{"other-vault"});
  const AuditReport report = audit(run, {});
  CHECK_FALSE(report.pinned);
  CHECK(report.levels[0] == report.backup_count);
  CHECK(contains(report.findings[0].message, hex(own.vault_id())));
  CHECK(contains(report.findings[0].message, hex(stranger.vault_id())));

  INFO("by whatever name it goes");
  fs::create_directory_symlink(place, own.folder() / "link");
  Run other = run;
  other.places.vault = own.folder() / "link";
  CHECK(codes(other) == std::set<std::string>{"other-vault"});
  INFO("in a place where none of this device's stood it is a vault like any other");
  other.places.vault = stranger.vault_folder();
  CHECK(codes(other).empty());
  INFO("who is enrolled nowhere remembers no place");
  Run nobody = own.run("auditor");
  CHECK(codes(nobody).empty());
  INFO("a vault that this device gave up is waited for no more");
  const fs::path credential = credential_folder(run.places.config_dir, own.vault_id());
  fs::rename(credential, own.folder() / "credential.away");
  CHECK(codes(run).empty());
  fs::rename(own.folder() / "credential.away", credential);

  INFO("an audit or a copy of the own vault elsewhere makes no place of its own");
  other.places.vault = own.folder() / "away";
  CHECK(codes(other).empty());
  fs::rename(own.folder() / "away", own.folder() / "back");
  fs::rename(place, own.folder() / "away");
  CHECK(codes(other).empty());
}

TEST_CASE("an agent's key is asked for once, and an owner's for each vault") {
  VaultFixture fixture;
  fixture.set_policy(1, {"alice"});
  fixture.back_up();
  const std::vector<fs::path> twice{fixture.vault_folder(), fixture.vault_folder()};
  AuditOptions options;
  options.deep = true;
  unsigned asked = 0;
  const auto audit_with = [&](const UnlockSource& unlock) {
    NotingSink sink;
    asked = 0;
    static_cast<void>(audit_vaults(
        fixture.run("auditor"), twice, options,
        [&](const fs::path&) {
          ++asked;
          return unlock();
        },
        sink));
    return std::move(sink.noted);
  };
  NotedAudit noted = audit_with(fixture.owner());
  CHECK(asked == 2);
  for (const AuditedVault& vault : noted.vaults) CHECK(vault.levels[3] == 1);
  noted = audit_with([&] {
    Unlock unlock = fixture.agent("alice")();
    unlock.agent_key_file = fs::path(fixture.card("alice")).parent_path() / "agent.key";
    return unlock;
  });
  CHECK(asked == 1);
  REQUIRE(noted.vaults.size() == 2);
  for (const AuditedVault& vault : noted.vaults) CHECK(vault.own_slots == 1);
}

}  // namespace valise::test
