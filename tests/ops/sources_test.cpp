#include "valise/sources.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>

#include "support/app_folders.hpp"
#include "support/error_kind.hpp"
#include "support/night_fixture.hpp"
#include "support/sample_database.hpp"
#include "support/texts.hpp"

namespace {

using namespace valise;
using namespace valise::test;
namespace fs = std::filesystem;

/// A home folder of the test's own, while it lives.
class OtherHome {
 public:
  explicit OtherHome(const fs::path& home) {
    if (const char* before = std::getenv("HOME")) before_ = before;
    fs::create_directories(home);
    setenv("HOME", home.c_str(), 1);
  }
  OtherHome(const OtherHome&) = delete;
  OtherHome& operator=(const OtherHome&) = delete;
  ~OtherHome() { before_ ? setenv("HOME", before_->c_str(), 1) : unsetenv("HOME"); }

 private:
  std::optional<std::string> before_;
};

}  // namespace

TEST_CASE("sources tells what is installed, what is backed up, and when it last was") {
  NightFixture fixture;
  const fs::path home = fixture.folder() / "home";
  const OtherHome other_home(home);
  CHECK(list_sources(fixture.run()).sources.empty());

  const AppFolder messages =
      make_app_folder("imessage", home / "Library/Messages", {.messages = 20, .files = 4});
  make_app_folder("signal-desktop", home / ".config/Signal", {.messages = 7});
  const fs::path notes = fixture.folder() / "notes.db";
  make_database(notes, {.rows = 50});
  const BackupReport night = fixture.night({notes, messages.database});
  REQUIRE(night.failures.empty());

  const SourcesReport report = list_sources(fixture.run());
  CHECK(report.vault_problem.empty());
  REQUIRE(report.sources.size() == 3);
  const SourceRow& first = report.sources[0];
  CHECK(first.path == fs::canonical(notes));
  CHECK(first.profile == "sqlite");
  CHECK_FALSE(first.installed);
  CHECK(first.backed_up);
  CHECK(first.last_backup.has_value());
  const SourceRow& second = report.sources[1];
  CHECK(second.path == fs::canonical(messages.database));
  CHECK(second.profile == "imessage");
  CHECK(second.installed);
  CHECK(second.backed_up);
  CHECK(second.messages == 20);
  CHECK(second.attachments == 6);
  CHECK(second.last_backup == night.sources[1].time);
  CHECK(second.first_message == 1704067200 + 3600);
  const SourceRow& third = report.sources[2];
  CHECK(third.profile == "signal-desktop");
  CHECK(third.installed);
  CHECK_FALSE(third.backed_up);
  CHECK(third.messages == 7);
  CHECK_FALSE(third.last_backup.has_value());

  // One that is gone keeps its row, and when it was backed up.
  fs::remove_all(messages.base);
  const SourcesReport later = list_sources(fixture.run());
  REQUIRE(later.sources.size() == 3);
  CHECK(contains(later.sources[1].problem, "no such file"));
  CHECK(later.sources[1].last_backup == night.sources[1].time);
}

TEST_CASE("without a vault, or on another device, sources tells what is installed") {
  NightFixture fixture;
  const OtherHome other_home(fixture.folder() / "home");
  const fs::path signal = fixture.folder() / "home/.config/Signal/sql/db.sqlite";
  fs::create_directories(signal.parent_path());
  std::ofstream(signal) << std::string(8192, 'x');
  Run run = fixture.elsewhere("other");
  SourcesReport report = list_sources(run);
  CHECK(contains(report.vault_problem, "not enrolled"));
  REQUIRE(report.sources.size() == 1);
  CHECK(report.sources[0].profile == "signal-desktop");
  CHECK(contains(report.sources[0].problem, "sqlcipher"));
  run.places.vault = fixture.folder() / "nowhere";
  report = list_sources(run);
  CHECK_FALSE(report.vault_problem.empty());
  CHECK(report.sources.size() == 1);
  CHECK_FALSE(fs::exists(run.places.vault));
}

TEST_CASE("there is something to choose only before the first backup") {
  NightFixture fixture;
  const OtherHome other_home(fixture.folder() / "home");
  CHECK(sources_to_choose(fixture.run()).empty());
  const AppFolder messages =
      make_app_folder("imessage", fixture.folder() / "home/Library/Messages");
  make_app_folder("signal-desktop", fixture.folder() / "home/.config/Signal");
  CHECK(sources_to_choose(fixture.run()).size() == 2);
  // Without a vault there is nothing to choose: the backup says what is wrong.
  Run elsewhere = fixture.run();
  elsewhere.places.vault = fixture.folder() / "no vault";
  CHECK(sources_to_choose(elsewhere).empty());
  CHECK(kind_of([&] { static_cast<void>(backup(fixture.run(), {})); }) == ErrorKind::usage);
  static_cast<void>(fixture.night(messages.database));
  CHECK(sources_to_choose(fixture.run()).empty());
  CHECK(backup(fixture.run(), {}).sources.size() == 1);
}
