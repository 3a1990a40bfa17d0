#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "ops/copy.hpp"
#include "support/night_fixture.hpp"
#include "support/sample_database.hpp"

namespace valise::test {

/// An old vault with nights of one database, and a new vault of another owner, in which the same
/// device is enrolled.
class CopyScene {
 public:
  explicit CopyScene(std::uint32_t messages = 2'500);

  /// A day later: changes the database, backs it up into the old vault, and keeps what it was.
  BackupSummary night(bool full = false);
  /// Changes most of the database's pages.
  void rewrite_everything();
  /// The database as it was on night `number`, from 1.
  [[nodiscard]] std::filesystem::path kept(std::size_t number) const;
  [[nodiscard]] const std::vector<BackupSummary>& nights() const noexcept { return nights_; }

  [[nodiscard]] std::filesystem::path new_vault() const { return fixture.folder() / "new"; }
  /// The same device, at the new vault; and a device that has nothing.
  [[nodiscard]] Run at_new();
  [[nodiscard]] Run elsewhere_at_new();
  [[nodiscard]] UnlockSource new_owner() const;

  /// From the old vault into the new one, by the old owner.
  CopyReport copy(const CopyOptions& options);
  CopyReport copy_all();
  /// Into the same vault.
  CopyReport copy_within(CopyOptions options, const UnlockSource& unlock);
  [[nodiscard]] CopyOptions all() const;
  [[nodiscard]] CopyOptions named(std::vector<std::string> snapshots) const;

  /// What differs between a snapshot of the new vault and what was kept of a night; "" if nothing.
  [[nodiscard]] std::string difference(const std::string& snapshot, std::size_t night);
  /// What verify, scrub and audit have against a vault; "" if nothing.
  [[nodiscard]] std::string problems_of_new();
  [[nodiscard]] std::string problems_of_old();
  /// The file in which the state keeps the pages of a source, if any; of the new vault.
  [[nodiscard]] std::size_t page_files_of_new() const;

  NightFixture fixture;
  std::filesystem::path source = fixture.folder() / "chat.db";

 private:
  Secret new_code_;
  std::string new_vault_id_;
  std::vector<BackupSummary> nights_;
  std::uint64_t seed_ = 0;
  unsigned restores_ = 0;
};

}  // namespace valise::test
