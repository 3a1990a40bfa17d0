#include "ops/theft_scene.hpp"

#include <doctest/doctest.h>

#include <stdexcept>

#include "base/clock.hpp"
#include "storage/local_storage.hpp"
#include "support/error_kind.hpp"

namespace valise::test {

TheftScene::TheftScene() {
  static_cast<void>(add_device(fixture.run("phone"), "phone", fixture.owner()));
  for (int i = 0; i < 4; ++i) {
    const BackupSummary night = fixture.back_up();
    REQUIRE(night.full == (i == 0));
    of_laptop.push_back(night.snapshot);
    fixture.change_database();
  }
  of_phone = fixture.back_up("phone.db", "phone").snapshot;
}

RevocationPlan TheftScene::revoke(const std::string& device, const std::string& last_good) {
  return revoke_device(fixture.run("phone"), {device, last_good}, fixture.owner(),
                       [](const RevocationPlan&) { return true; });
}

std::set<std::string> TheftScene::listed() {
  std::set<std::string> ids;
  for (const SnapshotRow& row : list_snapshots(fixture.run("phone"), {})) {
    ids.insert(row.snapshot);
  }
  return ids;
}

std::optional<ErrorKind> TheftScene::restore_kind(const std::string& snapshot) {
  LocalStorage storage = LocalStorage::open(fixture.vault_folder());
  return kind_of([&] { static_cast<void>(restored(fixture, storage, fixture.owner(), snapshot)); });
}

std::string TheftScene::day_of(const std::string& snapshot) {
  for (const SnapshotRow& row : list_snapshots(fixture.run("phone"), {})) {
    if (row.snapshot == snapshot) return rfc3339(row.time).substr(0, 10);
  }
  throw std::runtime_error("no such snapshot");
}

RootChain TheftScene::roots() {
  LocalStorage storage = LocalStorage::open(fixture.vault_folder());
  return RootChain::read(Vault::open(storage));
}

std::set<std::string> TheftScene::audit_codes() {
  LocalStorage storage = LocalStorage::open(fixture.vault_folder());
  return error_codes(audited(fixture, storage));
}

void TheftScene::keep_memory() {
  std::filesystem::copy(fixture.folder() / "laptop", fixture.folder() / "kept",
                        std::filesystem::copy_options::recursive);
}

void TheftScene::put_back_memory() {
  std::filesystem::remove_all(fixture.folder() / "laptop");
  std::filesystem::copy(fixture.folder() / "kept", fixture.folder() / "laptop",
                        std::filesystem::copy_options::recursive);
}

}  // namespace valise::test
