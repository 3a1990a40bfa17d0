#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "format/root_keys.hpp"
#include "state/credential.hpp"
#include "support/fake_clock.hpp"
#include "support/memory_storage.hpp"
#include "support/temp_folder.hpp"
#include "valise/valise.hpp"

namespace valise::test {

/// A vault with all its secrets at hand: a folder made by the public API, whose owner holds only a
/// recovery code (so that no test waits for Argon2), the machine "laptop" enrolled, and small
/// databases that change. Attacks work on a copy in memory, which is quick and can be reset.
class VaultFixture {
 public:
  VaultFixture();

  FakeClock clock;
  std::vector<std::string> warnings;  ///< Of every run since the fixture was made.

  // Places. A machine is a name with folders of its own; only "laptop" is enrolled at first.

  [[nodiscard]] Run run(const std::string& machine = "laptop");
  [[nodiscard]] const std::filesystem::path& folder() const { return temp_.path(); }
  [[nodiscard]] std::filesystem::path vault_folder() const { return temp_.path() / "vault"; }
  /// A folder that does not exist yet, for a restore.
  [[nodiscard]] std::filesystem::path new_folder();

  // Keys.

  [[nodiscard]] UnlockSource owner() const { return by_code(owner_code_); }
  [[nodiscard]] UnlockSource agent(const std::string& name) const;
  [[nodiscard]] static UnlockSource by_code(std::string code);
  [[nodiscard]] const std::string& owner_code() const { return owner_code_; }
  [[nodiscard]] RootKeys owner_keys() const;
  [[nodiscard]] RootKeys agent_keys(const std::string& name) const;
  [[nodiscard]] Credential credential(const std::string& machine = "laptop");
  [[nodiscard]] Bytes16 vault_id() const { return owner_keys().vault_id(); }

  // Agents and policies.

  /// Makes an agent's keys; returns the path of its card.
  std::string new_agent(const std::string& name);
  [[nodiscard]] std::string card(const std::string& name) const;
  /// Escrow with k of these agents (each made if it is new), or e2ee when there is none.
  PolicyChangeResult set_policy(unsigned k, const std::vector<std::string>& agents);

  // The verbs, each a day after the one before.

  /// The database of that name, made when it is asked for first.
  [[nodiscard]] std::filesystem::path database(const std::string& name = "notes.db");
  /// A night's worth of changes.
  void change_database(const std::string& name = "notes.db");
  BackupSummary back_up(const std::string& name = "notes.db", const std::string& machine = "laptop",
                        bool full = false);
  /// The same into another storage.
  BackupReport back_up_to(Storage& storage, const std::string& name = "notes.db",
                          const std::string& machine = "laptop");

  /// Every object of the vault as it is now.
  [[nodiscard]] std::unique_ptr<MemoryStorage> in_memory() const;

 private:
  TempFolder temp_;
  std::string owner_code_;
  std::map<std::string, std::string> agent_codes_;
  unsigned folders_ = 0;
  unsigned changes_ = 0;
};

// Verbs on any storage, as a test wants their answer.

/// Restores into a new folder on a machine that knows nothing; the content as dump_database gives
/// it. Throws as the verb does.
[[nodiscard]] std::string restored(VaultFixture& fixture, Storage& storage,
                                   const UnlockSource& unlock,
                                   const std::string& snapshot = "latest");

/// An audit without a key, by one who remembers nothing.
[[nodiscard]] AuditReport audited(VaultFixture& fixture, Storage& storage,
                                  const std::string& machine = "auditor");
/// An audit that opens everything (L3).
[[nodiscard]] AuditReport audited_deep(VaultFixture& fixture, Storage& storage,
                                       const UnlockSource& unlock);
/// The codes of all findings that are errors.
[[nodiscard]] std::set<std::string> error_codes(const AuditReport& report);
/// What the errors say, in the order of the report.
[[nodiscard]] std::vector<std::string> error_messages(const AuditReport& report);
/// The row of a backup; throws std::runtime_error when there is none.
[[nodiscard]] const AuditedBackup& row_of(const AuditReport& report, const std::string& snapshot);

[[nodiscard]] ScrubReport scrubbed(VaultFixture& fixture, Storage& storage);
/// The objects with which a scrub found an error.
[[nodiscard]] std::set<std::string> damaged_objects(const ScrubReport& report);

}  // namespace valise::test
