// Media packs that come and go while a backup needs them, and what the state keeps of them.

#include <doctest/doctest.h>

#include <set>

#include "crypto/random.hpp"
#include "ops/backup.hpp"
#include "ops/media_scene.hpp"
#include "ops/prune.hpp"
#include "state/credential.hpp"
#include "state/state.hpp"
#include "storage/local_storage.hpp"
#include "support/error_kind.hpp"
#include "support/faulty_storage.hpp"
#include "vault/vault.hpp"

namespace valise::test {
namespace {

namespace fs = std::filesystem;

/// A vault in memory, whose objects are as old as the test's clock says, and two devices.
struct PackLife {
  MediaScene media;
  MemoryStorage vault{media.night.clock};
  Run second;

  PackLife() : second(media.night.elsewhere("second")) {
    static_cast<void>(add_device(second, "second", media.night.owner()));
    copy_objects(LocalStorage::open(media.night.vault()), vault);
  }

  void put_noise(const std::string& name) {
    Bytes bytes(2000);
    fill_random(bytes);
    media.put("Attachments/" + name, text_of(bytes));
  }

  BackupSummary back_up(Storage& storage) {
    media.notices.clear();
    BackupOptions options;
    options.sources = {media.database()};
    options.on_file = [this](const FileNotice& notice) { media.notices.push_back(notice); };
    return whole(backup_to(storage, media.night.run(), options, {})).sources.at(0);
  }
  /// Another database, of the other device: the vault takes something.
  void other_night() {
    const fs::path source = media.night.folder() / "other.db";
    if (!fs::exists(source)) make_database(source, {.rows = 20});
    BackupOptions options;
    options.sources = {source};
    static_cast<void>(whole(backup_to(vault, second, options, {})));
  }
  /// A night that seals its files and does not get as far as its container.
  void cut_short_night() {
    FaultyStorage storage(
        vault,
        {.fail_at = 2, .kind = FaultPlan::Kind::error, .counted = only(StorageCall::commit)});
    CHECK(kind_of([&] { static_cast<void>(back_up(storage)); }) == ErrorKind::storage);
    CHECK(storage.failed());
  }
  PruneReport prune_by_second(Storage& storage,
                              const std::function<void(const PruneReport&)>& on_plan = {}) {
    PruneOptions options;
    options.keep.last = 1;
    return prune_in(storage, second, options, {}, on_plan);
  }
  void days(UnixSeconds count) { media.night.clock.advance(count * kDay); }
  [[nodiscard]] std::set<ObjectName> packs() const {
    std::set<ObjectName> names;
    for (const ObjectInfo& object : vault.list("media")) names.insert(object.name);
    return names;
  }
  [[nodiscard]] std::size_t known_packs() {
    const Run run = media.night.run();
    const Bytes16 id = Vault::open(vault).id();
    const auto credential = load_credential(run.places.config_dir, id);
    return State::look(run.places.state_dir, id, credential->secret.view())->packs().size();
  }
  [[nodiscard]] std::string problems() {
    return verify_problems(vault, media.night.elsewhere("reader"), media.night.owner());
  }
};

}  // namespace

TEST_CASE("an object that a clock dated ahead makes no pack old") {
  PackLife life;
  life.put_noise("a");
  static_cast<void>(life.back_up(life.vault));
  life.days(10);
  life.other_night();
  life.media.night.clock.set(life.media.night.clock.now() - 10 * kDay);

  life.put_noise("b");
  CHECK(life.back_up(life.vault).files.bytes_new == 2000);
  const std::size_t packs = life.packs().size();
  CHECK(packs == 2);
  CHECK(life.back_up(life.vault).files.bytes_new == 0);
  CHECK(life.packs().size() == packs);
  CHECK(life.problems().empty());
}

TEST_CASE("a pack that this run has put is not old, whatever the clocks say") {
  PackLife life;
  FakeClock server;
  server.set(life.media.night.clock.now());
  MemoryStorage vault{server};
  copy_objects(life.vault, vault);
  // Something of another machine's lies there, dated ahead, and this device's clock is ahead, too.
  server.set(server.now() + 10 * kDay);
  CHECK(put_object(vault, "notes", bytes_of("x")));
  server.set(server.now() - 10 * kDay);
  life.days(10);

  life.put_noise("a");
  CHECK(life.back_up(vault).files.bytes_new == 2000);
  CHECK(vault.list("media").size() == 1);
}

TEST_CASE("what is wrong with a file is told once, though packs go and it is looked at again") {
  PackLife life;
  life.put_noise("a");
  life.media.name("Attachments/nowhere", 7);
  life.media.name("../outside");
  FaultyStorage storage(life.vault, {});
  int removed = 0;
  storage.on_done = [&](StorageCall call, const ObjectName& name) {
    if (call != StorageCall::commit || !name.starts_with("backups/") || removed > 0) return;
    for (const ObjectName& pack : life.packs()) {
      life.vault.remove(pack);
      ++removed;
    }
  };
  const BackupSummary summary = life.back_up(storage);
  CHECK(removed == 1);
  CHECK(life.packs().size() == 1);
  CHECK(summary.files.files == 1);
  CHECK(summary.files.missing == 1);
  std::multiset<std::string> told;
  for (const FileNotice& notice : life.media.notices) told.insert(notice.path);
  CHECK(told.size() == 2);
  CHECK(told.count("Attachments/nowhere") == 1);
  CHECK(life.problems().empty());
}

TEST_CASE(
    "a pack that goes while a backup needs it for a file that is gone does not end the night") {
  PackLife life;
  life.put_noise("a");
  life.media.name("Attachments/a", 2000);
  static_cast<void>(life.back_up(life.vault));
  fs::remove(life.media.at("Attachments/a"));
  FaultyStorage storage(life.vault, {});
  int containers = 0;
  storage.on_done = [&](StorageCall call, const ObjectName& name) {
    if (call != StorageCall::commit || !name.starts_with("backups/")) return;
    ++containers;
    for (const ObjectName& pack : life.packs()) life.vault.remove(pack);
  };
  const BackupSummary summary = life.back_up(storage);
  CHECK(containers == 2);
  CHECK(summary.files.pack_lost == 1);
  CHECK(summary.files.missing_kept == 1);
}

TEST_CASE("the state forgets packs that no file of it is in") {
  PackLife life;
  life.put_noise("a");
  static_cast<void>(life.back_up(life.vault));
  life.put_noise("b");
  life.days(1);
  static_cast<void>(life.back_up(life.vault));
  CHECK(life.known_packs() == 2);
  life.days(1);
  static_cast<void>(life.back_up(life.vault));
  CHECK(life.known_packs() == 2);
  fs::remove(life.media.at("Attachments/b"));
  life.days(1);
  static_cast<void>(life.back_up(life.vault));
  CHECK(life.known_packs() == 1);
  CHECK(life.packs().size() == 2);
  // Nor does it know it when a prune has collected it.
  life.days(30);
  life.put_noise("c");
  BackupOptions options;
  options.sources = {life.media.database()};
  options.full = true;
  static_cast<void>(whole(backup_to(life.vault, life.media.night.run(), options, {})));
  PruneOptions keep;
  keep.keep.last = 1;
  static_cast<void>(prune_in(life.vault, life.media.night.run(), keep, {}, {}));
  life.days(2);
  static_cast<void>(life.back_up(life.vault));
  CHECK(prune_in(life.vault, life.media.night.run(), keep, {}, {}).packs == 1);
  CHECK(life.packs().size() == 2);
  CHECK(life.known_packs() == 2);
  CHECK(life.problems().empty());
}

TEST_CASE("a pack that a prune is about to remove is not taken up by a backup meanwhile") {
  PackLife life;
  static_cast<void>(life.back_up(life.vault));
  life.put_noise("film");
  life.cut_short_night();
  const std::set<ObjectName> left = life.packs();
  REQUIRE(left.size() == 1);
  life.days(8);
  life.other_night();
  bool behind = false;
  SUBCASE("its clock right") {}
  SUBCASE("its clock ten days behind") { behind = true; }
  // The other device's prune has listed the containers for the last time; now this one backs up.
  FaultyStorage storage(life.vault, {});
  bool planned = false;
  std::optional<BackupSummary> made;
  storage.on_done = [&](StorageCall call, const ObjectName& name) {
    if (call == StorageCall::list && name == "backups" && planned && !made) {
      const UnixSeconds now = life.media.night.clock.now();
      if (behind) life.media.night.clock.set(now - 10 * kDay);
      made = life.back_up(life.vault);
      life.media.night.clock.set(now);
    }
  };
  const PruneReport report =
      life.prune_by_second(storage, [&](const PruneReport&) { planned = true; });
  CHECK(report.packs == 1);
  REQUIRE(made);
  CHECK(made->files.bytes_added > 0);
  CHECK(life.packs().size() == 1);
  CHECK(life.packs() != left);
  CHECK(life.problems().empty());
}

TEST_CASE("what an earlier run has sealed is taken up as long as nobody may remove it") {
  PackLife life;
  static_cast<void>(life.back_up(life.vault));
  life.put_noise("film");
  SUBCASE("a run that was cut short some days ago") {
    life.cut_short_night();
    life.days(5);
    life.other_night();
    CHECK(life.prune_by_second(life.vault).packs == 0);
    CHECK(life.back_up(life.vault).files.bytes_added == 0);
  }
  SUBCASE("an old one that another container names, though the newest is gone") {
    static_cast<void>(life.back_up(life.vault));
    life.days(20);
    const BackupSummary newest = life.back_up(life.vault);
    REQUIRE_FALSE(newest.full);
    life.vault.remove("backups/" + newest.snapshot + ".valise");
    life.other_night();
    const BackupSummary after = life.back_up(life.vault);
    CHECK(after.full);
    CHECK(after.files.bytes_added == 0);
  }
  CHECK(life.packs().size() == 1);
}

}  // namespace valise::test
