#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "storage/storage.hpp"
#include "support/fake_clock.hpp"
#include "support/memory_storage.hpp"
#include "support/temp_folder.hpp"
#include "valise/valise.hpp"

namespace valise::test {

/// A vault in a temporary folder, made without a passphrase so that nothing waits for Argon2, and
/// the device that made it. Days pass only when a test says so.
class NightFixture {
 public:
  NightFixture();

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_.path(); }
  [[nodiscard]] std::filesystem::path vault() const { return folder() / "vault"; }
  /// What this device remembers: its credential and its state.
  [[nodiscard]] std::filesystem::path memory() const { return folder() / "device"; }
  [[nodiscard]] std::filesystem::path state_file() const;
  [[nodiscard]] std::filesystem::path credential_file() const;
  [[nodiscard]] const Secret& code() const { return code_; }
  [[nodiscard]] UnlockSource owner() const;

  /// The device that made the vault.
  [[nodiscard]] Run run();
  /// Another device, that has nothing but the vault's folder.
  [[nodiscard]] Run elsewhere(const std::string& name);

  /// A day later: backs up one database.
  BackupSummary night(const std::filesystem::path& source, bool full = false);
  BackupReport night(const std::vector<std::filesystem::path>& sources);
  /// Restores into a new folder, with every check, on a device that has only the vault.
  [[nodiscard]] RestoreResult restore(const std::string& snapshot = "latest",
                                      const std::string& source = "");
  /// An agent with a passphrase, whose card an escrow policy of one agent then names.
  [[nodiscard]] UnlockSource put_under_escrow();
  void put_under_e2ee();

  FakeClock clock;
  std::vector<std::string> warnings;  ///< Of every run, in order.

 private:
  TempFolder folder_;
  Secret code_;
  std::string vault_id_;
  unsigned counter_ = 0;
};

/// The report of a backup of which nothing may have failed: throws its first failure.
[[nodiscard]] BackupReport whole(BackupReport report);

/// Options in short: compilers warn of a designated initializer that leaves members out.
[[nodiscard]] RestoreOptions into(const std::filesystem::path& to);
[[nodiscard]] RestoreOptions over(const std::filesystem::path& to);
[[nodiscard]] RestoreOptions snapshot_into(const std::string& snapshot,
                                           const std::filesystem::path& to,
                                           CheckLevel check = CheckLevel::full);
[[nodiscard]] VerifyOptions every_snapshot();
[[nodiscard]] VerifyOptions one_snapshot(const std::string& snapshot);

/// All objects of a storage, as a storage in memory.
void copy_objects(const Storage& from, MemoryStorage& to);

/// What is wrong with the snapshots of a vault, one line each; "" when every one of them verifies.
[[nodiscard]] std::string verify_problems(Storage& storage, const Run& run,
                                          const UnlockSource& unlock);
/// The errors of a scrub and of an audit, one line each; "" when there are none.
[[nodiscard]] std::string scrub_problems(Storage& storage, const Run& run);
[[nodiscard]] std::string audit_problems(Storage& storage, const Run& run);
/// The same after a run was cut short, which may leave a container that no entry names.
[[nodiscard]] std::string audit_problems_after_a_cut(Storage& storage, const Run& run);

/// Where two databases differ, table by table and row by row; "" when they hold the same. What a
/// VACUUM may change (where pages and schema rows stand) does not count.
[[nodiscard]] std::string row_difference(const std::filesystem::path& a,
                                         const std::filesystem::path& b);
/// A copy of the database as it is at this moment, made by VACUUM INTO.
void vacuum_into(const std::filesystem::path& source, const std::filesystem::path& copy);

/// A folder and all that is in it, instead of what stands at `to`.
void replace_folder(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace valise::test
