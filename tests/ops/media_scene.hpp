#pragma once

#include <map>
#include <string>
#include <vector>

#include "format/catalog.hpp"
#include "support/night_fixture.hpp"
#include "support/sample_database.hpp"

namespace valise::test {

/// A file as a snapshot has it.
struct KeptFile {
  CatalogFile row;
  std::string content;
};

/// A folder of iMessage's with attachments, and a vault that it is backed up to.
class MediaScene {
 public:
  MediaScene();

  [[nodiscard]] std::filesystem::path messages() const { return night.folder() / "Messages"; }
  [[nodiscard]] std::filesystem::path database() const { return messages() / "chat.db"; }
  [[nodiscard]] std::filesystem::path at(const std::string& path) const {
    return messages() / path;
  }
  /// A file below the folder, old enough that a change of it cannot hide.
  void put(const std::string& path, const std::string& content) const;
  /// A row of the database that names this path, as the app writes it.
  void name(const std::string& path, std::uint64_t size = 0) const;
  /// A day later.
  BackupSummary back_up(bool full = false);
  /// The paths of that kind in `notices`.
  [[nodiscard]] std::vector<std::string> noticed(FileNotice::Kind kind) const;
  /// What a snapshot holds, opened with the owner's key.
  [[nodiscard]] std::map<std::string, KeptFile> files_of(const std::string& snapshot);
  /// The same in another vault.
  [[nodiscard]] static std::map<std::string, KeptFile> files_in(const std::filesystem::path& vault,
                                                                const UnlockSource& owner,
                                                                const std::string& snapshot);
  /// The packs in the vault.
  [[nodiscard]] std::vector<std::filesystem::path> packs() const;
  /// The packs that a snapshot's container names.
  [[nodiscard]] std::size_t refs_of(const std::string& snapshot);
  /// The catalog's records in a snapshot's container.
  [[nodiscard]] std::size_t catalog_records(const std::string& snapshot);

  NightFixture night;
  std::vector<FileNotice> notices;  ///< Of the last backup.
};

/// Bytes of which nothing can be told beforehand, so that no two are stored once.
[[nodiscard]] std::string random_text(std::size_t size);

}  // namespace valise::test
