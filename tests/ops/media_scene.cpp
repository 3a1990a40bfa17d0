#include "ops/media_scene.hpp"

#include <algorithm>

#include "crypto/random.hpp"
#include "ops/opened_backup.hpp"
#include "ops/snapshot_names.hpp"
#include "storage/local_storage.hpp"
#include "support/test_files.hpp"
#include "vault/media_reader.hpp"
#include "vault/merged_catalog.hpp"

namespace valise::test {

namespace fs = std::filesystem;

namespace {

struct OpenVault {
  LocalStorage storage;
  std::unique_ptr<VaultView> view;
  VaultKey key;

  explicit OpenVault(const NightFixture& night) : OpenVault(night.vault(), night.owner()) {}
  OpenVault(const fs::path& folder, const UnlockSource& owner)
      : storage(LocalStorage::open(folder)),
        view(view_vault(storage)),
        key(open_vault_key(view->vault, owner())) {}
  [[nodiscard]] const Snapshot& find(const std::string& name) const {
    return find_snapshot(
        *view, name, [](const Snapshot&) { return true; }, key);
  }
};

}  // namespace

MediaScene::MediaScene() {
  fs::create_directories(messages());
  make_imessage_database(database(), 20);
  SampleConnection(database())
      .execute(
          "CREATE TABLE IF NOT EXISTS attachment(ROWID INTEGER PRIMARY KEY, filename TEXT, "
          "total_bytes INTEGER)");
}

void MediaScene::put(const std::string& path, const std::string& content) const {
  fs::create_directories(at(path).parent_path());
  write_text(at(path), content);
}

void MediaScene::name(const std::string& path, std::uint64_t size) const {
  SampleConnection(database())
      .execute("INSERT INTO attachment(filename, total_bytes) VALUES('~/Library/Messages/" + path +
               "', " + std::to_string(size) + ")");
}

BackupSummary MediaScene::back_up(bool full) {
  night.clock.advance(24 * 3600);
  notices.clear();
  BackupOptions options;
  options.sources = {database()};
  options.full = full;
  options.on_file = [this](const FileNotice& notice) { notices.push_back(notice); };
  return whole(backup(night.run(), options)).sources.at(0);
}

std::vector<std::string> MediaScene::noticed(FileNotice::Kind kind) const {
  std::vector<std::string> paths;
  for (const FileNotice& notice : notices) {
    if (notice.kind == kind) paths.push_back(notice.path);
  }
  return paths;
}

std::map<std::string, KeptFile> MediaScene::files_of(const std::string& snapshot) {
  return files_in(night.vault(), night.owner(), snapshot);
}

std::map<std::string, KeptFile> MediaScene::files_in(const fs::path& folder,
                                                     const UnlockSource& owner,
                                                     const std::string& snapshot) {
  const OpenVault vault(folder, owner);
  MergedCatalog catalog;
  for (const Snapshot* member : vault.view->index.chain_of(vault.find(snapshot))) {
    const OpenedBackup opened =
        open_backup(vault.view->vault, vault.view->roots, *member, vault.key);
    catalog.add(opened.container, opened.dek.view(), opened.manifest);
  }
  const MediaReader reader(vault.view->vault);
  std::map<std::string, KeptFile> files;
  while (auto row = catalog.next()) {
    KeptFile& kept = files[row->path];
    if (row->state == FileState::present) {
      reader.read_file(*row, [&kept](ByteSpan piece) { kept.content += text_of(piece); });
    }
    kept.row = *std::move(row);
  }
  return files;
}

std::vector<fs::path> MediaScene::packs() const {
  std::vector<fs::path> found;
  if (!fs::exists(night.vault() / "media")) return found;
  for (const auto& entry : fs::recursive_directory_iterator(night.vault() / "media")) {
    if (entry.is_regular_file()) found.push_back(entry.path());
  }
  return found;
}

std::size_t MediaScene::refs_of(const std::string& snapshot) {
  const OpenVault vault(night);
  return ContainerReader::open(vault.view->vault, vault.find(snapshot).backup().bid).refs().size();
}

std::size_t MediaScene::catalog_records(const std::string& snapshot) {
  const OpenVault vault(night);
  const OpenedBackup opened =
      open_backup(vault.view->vault, vault.view->roots, vault.find(snapshot), vault.key);
  return static_cast<std::size_t>(
      std::count_if(opened.manifest.records.begin(), opened.manifest.records.end(),
                    [](const RecordInfo& info) { return info.kind == RecordKind::catalog; }));
}

std::string random_text(std::size_t size) {
  Bytes bytes(size);
  fill_random(bytes);
  return text_of(bytes);
}

}  // namespace valise::test
