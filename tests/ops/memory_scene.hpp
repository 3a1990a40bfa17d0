#pragma once

#include <filesystem>
#include <string>

#include "storage/local_storage.hpp"
#include "support/night_fixture.hpp"

namespace valise::test {

/// A vault in memory, what its device remembers, and a moment to which both can go back.
class MemoryScene {
 public:
  /// From here on the vault goes on in memory, where the one in the folder stands now.
  void move_to_memory() {
    const LocalStorage storage = LocalStorage::open(fixture.vault());
    vault.reset_to({});
    copy_objects(storage, vault);
    keep();
  }
  /// This is the moment to go back to.
  void keep() {
    objects_ = vault.snapshot();
    replace_folder(fixture.memory(), kept_);
  }
  void go_back() {
    vault.reset_to(objects_);
    replace_folder(kept_, fixture.memory());
  }

  /// What became of objects that were there before: they are written once and never modified.
  [[nodiscard]] std::string changed_since(const MemoryStorage::Objects& before) const {
    const MemoryStorage::Objects after = vault.snapshot();
    for (const auto& [name, object] : before) {
      const auto found = after.find(name);
      if (found == after.end()) return name + " is gone";
      if (found->second.content != object.content) return name + " was changed";
    }
    return "";
  }
  [[nodiscard]] std::string verify_problems() {
    return valise::test::verify_problems(vault, fixture.elsewhere("verifier"), fixture.owner());
  }

  NightFixture fixture;
  MemoryStorage vault{fixture.clock};

 private:
  MemoryStorage::Objects objects_;
  std::filesystem::path kept_ = fixture.folder() / "kept";
};

}  // namespace valise::test
