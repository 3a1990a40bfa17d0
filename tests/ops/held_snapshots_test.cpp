// Earlier snapshots that may be all that has a file, when the device's state is lost.

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <optional>

#include "crypto/random.hpp"
#include "ops/media_scene.hpp"
#include "state/credential.hpp"
#include "storage/local_storage.hpp"
#include "support/sample_database.hpp"
#include "support/test_files.hpp"
#include "vault/vault.hpp"

namespace valise::test {
namespace {

namespace fs = std::filesystem;

/// A file that was backed up and is not on the disk any more; then the state goes.
struct HeldScene {
  MediaScene media;
  std::string earlier;
  std::vector<std::string> warnings;

  HeldScene() {
    media.put("Attachments/here", "here");
    media.name("Attachments/offloaded", 9);
    media.back_up();
    fs::copy(media.night.state_file().parent_path(), first_state(), fs::copy_options::recursive);
    media.put("Attachments/offloaded", "offloaded");
    media.back_up();
    fs::remove(media.at("Attachments/offloaded"));
    const BackupSummary kept = media.back_up();
    REQUIRE(kept.files.missing_kept == 1);
    earlier = kept.snapshot;
  }
  [[nodiscard]] fs::path first_state() const { return media.night.folder() / "first-state"; }
  [[nodiscard]] Run run() {
    Run run = media.night.run();
    run.on_warning = [this](const std::string& words) { warnings.push_back(words); };
    return run;
  }
  BackupSummary back_up(bool dry_run = false) {
    media.night.clock.advance(24 * 3600);
    warnings.clear();
    BackupOptions options;
    options.sources = {media.database()};
    options.dry_run = dry_run;
    return whole(backup(run(), options)).sources.at(0);
  }
  PruneReport prune_to_last(bool drop_missing = false) {
    PruneOptions options;
    options.keep.last = 1;
    options.drop_missing = drop_missing;
    return prune(run(), options, {});
  }
  [[nodiscard]] std::size_t warned() const {
    std::size_t count = 0;
    for (const std::string& words : warnings) {
      if (words.find(earlier.substr(0, 8)) != std::string::npos) ++count;
    }
    return count;
  }
  [[nodiscard]] bool has_content(const std::string& snapshot) {
    return media.files_of(snapshot).at("Attachments/offloaded").content == "offloaded";
  }
};

}  // namespace

TEST_CASE("what only an earlier snapshot has is not pruned when the state is lost") {
  HeldScene scene;
  SUBCASE("it is gone") { fs::remove_all(scene.media.night.state_file().parent_path()); }
  SUBCASE("it is damaged") {
    const fs::path state = scene.media.night.state_file();
    std::string bytes = text_at(state);
    for (std::size_t i = 100; i < bytes.size(); ++i) bytes[i] = 'x';
    write_text(state, bytes);
  }
  SUBCASE("an older one was put back") {
    const fs::path state = scene.media.night.state_file();
    fs::remove_all(state.parent_path());
    fs::copy(scene.first_state(), state.parent_path(), fs::copy_options::recursive);
  }
  static_cast<void>(scene.back_up(true));
  CHECK(scene.warned() == 1);
  const BackupSummary without = scene.back_up();
  CHECK(without.full);
  CHECK(without.files.missing == 1);
  CHECK(without.files.missing_kept == 0);
  CHECK(scene.warned() == 1);
  static_cast<void>(scene.back_up());
  CHECK(scene.warned() == 0);

  CHECK(scene.prune_to_last().held == 1);
  CHECK(scene.has_content(scene.earlier));
}

TEST_CASE("a first night that cannot look at everything holds what an earlier snapshot has") {
  HeldScene scene;
  fs::remove_all(scene.media.night.state_file().parent_path());
  SUBCASE("the table that names the files is not there") {
    SampleConnection(scene.media.database()).execute("ALTER TABLE attachment RENAME TO away");
    CHECK(scene.back_up().files.table_absent);
    CHECK(scene.warned() == 1);
    CHECK(scene.prune_to_last().held == 1);
    INFO("nor does such a night let it go");
    static_cast<void>(scene.back_up());
    CHECK(scene.prune_to_last().held == 1);
  }
  SUBCASE("the folder is not there as one") {
    const fs::path folder = scene.media.at("Attachments");
    fs::rename(folder, scene.media.at("moved"));
    fs::create_symlink("nowhere", folder);
    CHECK_FALSE(scene.back_up().files.complete());
    CHECK(scene.warned() == 1);
    CHECK(scene.prune_to_last().held == 1);
  }
  CHECK(scene.has_content(scene.earlier));
}

TEST_CASE("a snapshot is held until the user lets it go, or its files are in a newer one") {
  HeldScene scene;
  fs::remove_all(scene.media.night.state_file().parent_path());
  static_cast<void>(scene.back_up());
  PruneReport report = scene.prune_to_last();
  CHECK(report.held == 1);
  SUBCASE("the state is lost once more") {
    fs::remove_all(scene.media.night.state_file().parent_path());
    static_cast<void>(scene.back_up());
    static_cast<void>(scene.prune_to_last());
    CHECK(scene.has_content(scene.earlier));
  }
  SUBCASE("the user lets it go") {
    report = scene.prune_to_last(true);
    CHECK(report.held == 0);
    CHECK(report.pruned > 0);
    for (const SnapshotRow& row : list_snapshots(scene.run(), {}, {})) {
      CHECK(row.snapshot != scene.earlier);
    }
    CHECK(scene.prune_to_last().held == 0);
  }
  SUBCASE("the files are back, and in a newer snapshot") {
    RestoreOptions options;
    options.snapshot = scene.earlier;
    options.to = scene.media.night.folder() / "back";
    options.files = {"Attachments/offloaded"};
    static_cast<void>(restore(scene.run(), options, scene.media.night.owner()));
    fs::rename(options.to / "Attachments/offloaded", scene.media.at("Attachments/offloaded"));
    const BackupSummary whole_again = scene.back_up();
    CHECK(whole_again.files.missing == 0);
    CHECK(scene.prune_to_last().held == 0);
    CHECK(scene.has_content(whole_again.snapshot));
  }
}

TEST_CASE("a hold stays while something else stands in the place of a file that it is for") {
  HeldScene scene;
  fs::remove_all(scene.media.night.state_file().parent_path());
  const fs::path place = scene.media.at("Attachments/offloaded");
  const auto take_place = [&place](int kind) {
    if (kind == 0) fs::create_directory(place);
    if (kind == 1) fs::create_symlink("/nowhere/f", place);
    if (kind == 2) REQUIRE(mkfifo(place.c_str(), 0600) == 0);
  };
  for (const bool from_the_first_night : {false, true}) {
    for (int kind = 0; kind < 3; ++kind) {
      CAPTURE(kind);
      if (from_the_first_night) {
        static_cast<void>(scene.prune_to_last(true));
        scene.media.put("Attachments/offloaded", "offloaded");
        scene.earlier = scene.back_up().snapshot;
        fs::remove(place);
        fs::remove_all(scene.media.night.state_file().parent_path());
        take_place(kind);
        static_cast<void>(scene.back_up());
        CHECK(scene.warned() == 1);
      } else {
        static_cast<void>(scene.back_up());
        take_place(kind);
      }
      const BackupSummary summary = scene.back_up();
      CHECK(summary.files.lacking == 1);
      CHECK(scene.prune_to_last().held == 1);
      CHECK(scene.has_content(scene.earlier));
      fs::remove(place);
    }
  }
}

TEST_CASE("a first night without the folder of attachments holds what an earlier snapshot has") {
  HeldScene scene;
  SampleConnection(scene.media.database()).execute("DELETE FROM attachment");
  scene.media.put("Attachments/unnamed", "unnamed");
  scene.earlier = scene.back_up().snapshot;
  const fs::path away = scene.media.night.folder() / "away";
  fs::rename(scene.media.at("Attachments"), away);
  fs::remove_all(scene.media.night.state_file().parent_path());
  CHECK(scene.back_up().files.root_absent);
  CHECK(scene.warned() == 1);
  static_cast<void>(scene.back_up());
  CHECK(scene.warnings.empty());
  CHECK(scene.prune_to_last().held == 1);
  CHECK(scene.media.files_of(scene.earlier).at("Attachments/unnamed").content == "unnamed");

  fs::rename(away, scene.media.at("Attachments"));
  static_cast<void>(scene.back_up());
  CHECK(scene.prune_to_last().held == 0);
}

TEST_CASE("a state put back does not know of a backup whose entry is damaged") {
  HeldScene scene;
  // The backup that first had the file: its entry cannot be read, and the last one builds on it.
  const fs::path log = scene.media.night.vault() / "log" /
                       audit(scene.run(), {}).backups.at(0).signer / "0000000002.entry";
  const std::string whole_entry = text_at(log);
  std::string entry = whole_entry;
  entry[150] ^= 1;
  write_text(log, entry);
  const fs::path state = scene.media.night.state_file();
  fs::remove_all(state.parent_path());
  fs::copy(scene.first_state(), state.parent_path(), fs::copy_options::recursive);
  static_cast<void>(scene.back_up());
  CHECK(scene.warned() == 1);
  static_cast<void>(scene.back_up());
  CHECK(scene.warned() == 0);
  CHECK(scene.prune_to_last().held > 0);
  write_text(log, whole_entry);
  CHECK(scene.has_content(scene.earlier));
}

TEST_CASE("a list of held snapshots that is full is told, and loses none") {
  HeldScene scene;
  fs::remove_all(scene.media.night.state_file().parent_path());
  const Run run = scene.run();
  LocalStorage storage = LocalStorage::open(run.places.vault);
  const Bytes16 vault = Vault::open(storage).id();
  std::optional<Credential> credential = load_credential(run.places.config_dir, vault);
  REQUIRE(credential);
  for (std::size_t i = 0; i < kHeldMax; ++i) {
    HeldSnapshot one{source_id(*credential, "other", "/elsewhere"), {}};
    fill_random(one.bid);
    credential->held.push_back(one);
  }
  save_credential(run.places.config_dir, *credential);
  static_cast<void>(scene.back_up());
  REQUIRE(scene.warned() == 1);
  CHECK(scene.warnings.front().find("10000 are held already") != std::string::npos);
  CHECK(load_credential(run.places.config_dir, vault)->held == credential->held);
}

TEST_CASE("nothing is held where no earlier snapshot can have what is missing") {
  SUBCASE("all that the rows name is there") {
    HeldScene scene;
    scene.media.put("Attachments/offloaded", "offloaded");
    fs::remove_all(scene.media.night.state_file().parent_path());
    static_cast<void>(scene.back_up());
    CHECK(scene.warnings.empty());
    CHECK(scene.prune_to_last().held == 0);
  }
  SUBCASE("a first backup") {
    MediaScene media;
    media.name("Attachments/never", 7);
    Run run = media.night.run();
    std::size_t warnings = 0;
    run.on_warning = [&](const std::string&) { ++warnings; };
    BackupOptions options;
    options.sources = {media.database()};
    CHECK(whole(backup(run, options)).sources.at(0).files.missing == 1);
    fs::remove_all(media.night.state_file().parent_path());
    CHECK(whole(backup(run, options)).sources.at(0).files.missing == 1);
    CHECK(warnings == 0);
  }
}

}  // namespace valise::test
