#include "ops/catalog_scene.hpp"

#include <algorithm>

#include "ops/restore.hpp"
#include "support/sample_database.hpp"
#include "vault/object_names.hpp"

namespace valise::test {

CatalogScene::CatalogScene()
    : credential_(fixture.credential()), image_(DatabaseImage::read(fixture.database())) {
  vault.reset_to(fixture.in_memory()->snapshot());
}

std::string CatalogScene::full(const std::vector<CatalogFile>& files) { return put(files, true); }

std::string CatalogScene::increment(const std::vector<CatalogFile>& changes) {
  return put(changes, false);
}

std::string CatalogScene::put(const std::vector<CatalogFile>& files, bool full) {
  Forgery backup(credential_, image_);
  if (!full) {
    backup.records.clear();
    backup.manifest.parent_page_root = image_.page_root();
    backup.header.parent = newest_;
  }
  backup.header.entry.time += credential_.own.seq;
  for (const MadeRecord& record : catalog_records(files)) {
    backup.records.push_back({record.payload, record.info});
  }
  backup.header.refs = maker.packs();
  const Entry entry = backup.put(vault, credential_);
  newest_ = entry.id;
  // The device remembers what it signed.
  save_credential(fixture.run().places.config_dir, credential_);
  return snapshot_of(entry);
}

RestoreResult CatalogScene::restore(RestoreOptions options) {
  options.to = to();
  Run run = fixture.run("stranger");
  run.on_warning = [this](const std::string& text) { warnings.push_back(text); };
  return restore_from(vault, run, options, fixture.owner());
}

RestoreResult CatalogScene::restore_over() {
  RestoreOptions options;
  options.overwrite = true;
  return restore(options);
}

std::string CatalogScene::restored(const std::string& path) const {
  return std::filesystem::is_regular_file(to() / path) ? text_at(to() / path) : "";
}

void CatalogScene::damage(const Bytes32& pack) {
  Bytes content = vault.content(pack_object(pack));
  for (std::size_t i = kMediaPackMagic.size(); i < content.size(); i += 8) content[i] ^= 1;
  vault.overwrite(pack_object(pack), content);
}

RestoreOptions only_files(const std::vector<std::string>& patterns) {
  RestoreOptions options;
  options.files = patterns;
  return options;
}

std::vector<std::string> files_below(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_directory() || entry.is_symlink()) {
      names.push_back(std::filesystem::relative(entry.path(), folder).string());
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> paths_of(const FileFaults& files) {
  std::vector<std::string> paths;
  for (const FileFault& file : files.first) paths.push_back(file.path);
  return paths;
}

}  // namespace valise::test
