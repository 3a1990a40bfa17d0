// Attacks on where a restore writes: links that appear while it works.

#include <doctest/doctest.h>

#include "support/error_kind.hpp"
#include "support/night_fixture.hpp"
#include "support/sample_database.hpp"
#include "support/test_files.hpp"
#include "valise/restore.hpp"

namespace valise::test {
namespace {

namespace fs = std::filesystem;

/// A restore under way, in whose folder somebody else may write, and what that one is after.
struct LinkRace {
  NightFixture fixture;
  fs::path source = fixture.folder() / "chat.db";
  fs::path to = fixture.folder() / "to";
  fs::path precious = fixture.folder() / "precious";
  fs::path elsewhere = fixture.folder() / "elsewhere";

  LinkRace() {
    make_database(source, {.rows = 900});
    static_cast<void>(fixture.night(source));
    write_text(precious, "precious");
    fs::create_directory(elsewhere);
    fs::create_directory(to);
  }

  /// The restore's end, where `attack` runs at every step that it tells of.
  std::optional<ErrorKind> restore_under(const std::function<void()>& attack, bool overwrite) {
    Run run = fixture.elsewhere("other");
    run.on_progress = [&](const Progress&) { attack(); };
    return kind_of(
        [&] { static_cast<void>(restore(run, overwrite ? over(to) : into(to), fixture.owner())); });
  }
  void nothing_went_astray() {
    CHECK(text_at(precious) == "precious");
    CHECK(names_in(elsewhere).empty());
  }
};

void link_instead(const fs::path& path, const fs::path& target) {
  std::error_code ignored;
  fs::remove(path, ignored);
  fs::create_symlink(target, path);
}

}  // namespace

TEST_CASE(
    "attack: paths ../, absolute, NUL, symlink race, duplicates: a link appears in the database's "
    "place") {
  LinkRace scene;
  const fs::path database = scene.to / "chat.db";
  const auto attack = [&] { link_instead(database, scene.precious); };
  SUBCASE("and nothing may be overwritten") {
    CHECK(scene.restore_under(attack, false) == ErrorKind::storage);
    CHECK(fs::is_symlink(database));
  }
  SUBCASE("and what stands there may be overwritten: the link is, not what it leads to") {
    CHECK(scene.restore_under(attack, true) == std::nullopt);
    CHECK_FALSE(fs::is_symlink(database));
    CHECK(row_difference(scene.source, database) == "");
  }
  SUBCASE("and leads to a place that is free") {
    CHECK(scene.restore_under([&] { link_instead(database, scene.elsewhere / "chat.db"); },
                              false) == ErrorKind::storage);
  }
  scene.nothing_went_astray();
}

TEST_CASE(
    "attack: paths ../, absolute, NUL, symlink race, duplicates: links beside the database, where "
    "SQLite would follow them") {
  LinkRace scene;
  const auto attack = [&] {
    for (const char* suffix : {"-wal", "-shm", "-journal"}) {
      link_instead(scene.to / ("chat.db" + std::string(suffix)), scene.precious);
    }
  };
  SUBCASE("and nothing may be overwritten") {
    CHECK(scene.restore_under(attack, false) == ErrorKind::storage);
    CHECK_FALSE(fs::exists(scene.to / "chat.db"));
  }
  SUBCASE("and what stands there may be overwritten") {
    CHECK(scene.restore_under(attack, true) == std::nullopt);
    CHECK(names_in(scene.to) == std::vector<std::string>{"chat.db"});
  }
  scene.nothing_went_astray();
}

TEST_CASE(
    "attack: paths ../, absolute, NUL, symlink race, duplicates: a link in the place of the "
    "unfinished file") {
  LinkRace scene;
  unsigned attacked = 0;
  const auto kind = scene.restore_under(
      [&] {
        for (const std::string& name : names_in(scene.to)) {
          if (!name.ends_with(".partial")) continue;
          ++attacked;
          link_instead(scene.to / name, scene.precious);
        }
      },
      false);
  CHECK(attacked > 0);
  CHECK(kind == ErrorKind::storage);
  CHECK_FALSE(fs::exists(scene.to / "chat.db"));
  scene.nothing_went_astray();
}

TEST_CASE(
    "attack: paths ../, absolute, NUL, symlink race, duplicates: a link in the place of the target "
    "folder") {
  for (const bool overwrite : {false, true}) {
    LinkRace scene;
    bool attacked = false;
    const auto kind = scene.restore_under(
        [&] {
          if (attacked) return;
          attacked = true;
          fs::rename(scene.to, scene.fixture.folder() / "moved away");
          fs::create_directory_symlink(scene.elsewhere, scene.to);
        },
        overwrite);
    CHECK(attacked);
    CHECK(kind == ErrorKind::storage);
    CHECK_FALSE(fs::exists(scene.fixture.folder() / "moved away" / "chat.db"));
    scene.nothing_went_astray();
  }
}

}  // namespace valise::test
