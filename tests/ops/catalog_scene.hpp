#pragma once

#include <string>
#include <vector>

#include "ops/attack_forgery.hpp"
#include "support/media_maker.hpp"
#include "support/test_files.hpp"
#include "support/vault_fixture.hpp"

namespace valise::test {

/// A vault in memory with backups that have attachment files: an honest database, and whatever rows
/// a test puts into the catalog.
class CatalogScene {
 public:
  CatalogScene();

  /// A full with these files; returns its snapshot id.
  std::string full(const std::vector<CatalogFile>& files);
  /// An increment on the newest backup: the same database, and these changes of the catalog.
  std::string increment(const std::vector<CatalogFile>& changes);

  [[nodiscard]] std::filesystem::path to() const { return fixture.folder() / "to"; }
  /// As somebody who has the vault and the owner's code alone, into to().
  RestoreResult restore(RestoreOptions options = {});
  /// The same with overwrite.
  RestoreResult restore_over();
  /// The content of a restored file; "" where there is none.
  [[nodiscard]] std::string restored(const std::string& path) const;
  /// Flips a bit of every piece in the pack.
  void damage(const Bytes32& pack);

  VaultFixture fixture;
  MemoryStorage vault;
  MediaMaker maker{vault};
  std::vector<std::string> warnings;

 private:
  std::string put(const std::vector<CatalogFile>& files, bool full);

  Credential credential_;
  DatabaseImage image_;
  Bytes32 newest_{};  // The newest backup's entry.
};

/// For restore(): these patterns alone.
[[nodiscard]] RestoreOptions only_files(const std::vector<std::string>& patterns);
/// All names below a folder, sorted, but for the folders themselves.
[[nodiscard]] std::vector<std::string> files_below(const std::filesystem::path& folder);
/// The paths of a list.
[[nodiscard]] std::vector<std::string> paths_of(const FileFaults& files);

}  // namespace valise::test
