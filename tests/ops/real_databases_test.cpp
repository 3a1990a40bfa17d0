// Real messengers' databases, a little changed each night, in both modes, and back on another
// device.

#include <doctest/doctest.h>
#include <sqlite3.h>

#include <functional>

#include "source/captured_image.hpp"
#include "storage/local_storage.hpp"
#include "support/night_fixture.hpp"
#include "support/sample_database.hpp"
#include "support/shared.hpp"
#include "support/test_files.hpp"

namespace {

using namespace valise;
using namespace valise::test;
namespace fs = std::filesystem;

struct RealDatabase {
  std::string from;  ///< Below the shared folder.
  std::string profile;
  std::uint64_t messages;
  std::string change_real;  ///< One night; ?1 is its number.
  std::string media;        ///< The app's folder of attachments.
};

const RealDatabase kChat{
    "testdata/imessage-exporter/db/test.db", "imessage", 3,
    "INSERT INTO message(guid, text, date, is_from_me) VALUES('night-' || ?1, 'tonight ' || ?1, "
    "700000000000000000 + ?1, 1)",
    "Attachments"};
const RealDatabase kWhatsApp{
    "testdata/wa-crypt-tools/msgstore.db", "whatsapp-android", 0,
    "INSERT INTO message(chat_row_id, from_me, key_id, sender_jid_row_id, timestamp, text_data, "
    "message_type) VALUES(1, 1, 'night-' || ?1, 0, 1700000000000 + ?1, 'tonight ' || ?1, 0)",
    "Media"};

/// Changes the copy as the app would, whose functions its triggers call and this program lacks.
void change_real(const fs::path& source, const RealDatabase& real, int night) {
  SampleConnection app(source);
  sqlite3_db_config(app.handle(), SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
  std::string sql = real.change_real;
  for (std::size_t at = sql.find("?1"); at != std::string::npos; at = sql.find("?1")) {
    sql.replace(at, 2, std::to_string(night));
  }
  app.execute(sql);
}

// The old chain goes, and what is left is as it was.
void prune_to_the_newest(NightFixture& fixture, const fs::path& source, const RealDatabase& real,
                         const UnlockSource& reader) {
  const BackupSummary last = fixture.night(source, true);
  PruneOptions options;
  options.keep.last = 1;
  CHECK(prune(fixture.run(), options, {}).pruned == 3);
  LocalStorage storage = LocalStorage::open(fixture.vault());
  const Run other = fixture.elsewhere("after the prune");
  CHECK(scrub_problems(storage, fixture.run()) == "");
  CHECK(verify_problems(storage, other, reader) == "");
  const fs::path to = fixture.folder() / "after the prune to";
  const RestoreResult restored = restore(other, snapshot_into("latest", to), reader);
  CHECK(restored.snapshot == last.snapshot);
  CHECK(row_difference(source, restored.database) == "");
  CHECK(text_at(to / real.media / "sub" / "picture") == "a picture");
}

using Unlocking = std::function<UnlockSource(NightFixture&)>;

void nights_of(const RealDatabase& real, const Unlocking& mode, const std::string& policy) {
  const auto shared = shared_folder();
  if (!shared || !fs::exists(*shared / real.from)) {
    MESSAGE("not tried: the shared folder with ", real.from, " is absent");
    return;
  }
  CAPTURE(real.from);
  CAPTURE(policy);
  NightFixture fixture;
  const UnlockSource reader = mode(fixture);
  const fs::path source = fixture.folder() / fs::path(real.from).filename();
  fs::copy_file(*shared / real.from, source);
  fs::permissions(source, fs::perms::owner_read | fs::perms::owner_write);
  fs::create_directories(fixture.folder() / real.media / "sub");
  write_text(fixture.folder() / real.media / "sub" / "picture", "a picture");
  std::vector<BackupSummary> nights;
  for (int night = 0; night < 3; ++night) {
    if (night > 0) change_real(source, real, night);
    const std::string number = std::to_string(night);
    vacuum_into(source, fixture.folder() / ("rows-" + number));
    static_cast<void>(capture_to(source, fixture.folder() / ("pages-" + number)));
    nights.push_back(fixture.night(source));
    CHECK(nights.back().full == (night == 0));
    CHECK(nights.back().profile == real.profile);
    CHECK(nights.back().policy == policy);
    CHECK(nights.back().messages == real.messages + static_cast<std::uint64_t>(night));
  }
  LocalStorage storage = LocalStorage::open(fixture.vault());
  CHECK(scrub_problems(storage, fixture.run()) == "");
  CHECK(audit_problems(storage, fixture.run()) == "");
  const Run other = fixture.elsewhere("other device");
  CHECK(verify_problems(storage, other, reader) == "");
  AuditOptions to_the_bottom;
  to_the_bottom.deep = true;
  const AuditReport deep = audit(other, to_the_bottom, reader);
  CHECK_FALSE(deep.has_errors());
  // All slots are the owner's to make again; an agent's key speaks of its own.
  for (const AuditedBackup& backup : deep.backups) {
    CHECK(backup.own_slot_rebuilt);
    CHECK(backup.level == (policy == "e2ee" ? 3 : 0));
  }
  for (std::size_t night = 0; night < 3; ++night) {
    CAPTURE(night);
    const std::string number = std::to_string(night);
    const RestoreResult restored = restore(
        other, snapshot_into(nights[night].snapshot, fixture.folder() / ("to-" + number)), reader);
    CHECK(restored.messages == nights[night].messages);
    CHECK(read_all(restored.database) == read_all(fixture.folder() / ("pages-" + number)));
    CHECK(row_difference(fixture.folder() / ("rows-" + number), restored.database) == "");
    CHECK(text_at(restored.database.parent_path() / real.media / "sub" / "picture") == "a picture");
  }
  prune_to_the_newest(fixture, source, real, reader);
}

UnlockSource end_to_end(NightFixture& fixture) { return fixture.owner(); }
UnlockSource under_escrow(NightFixture& fixture) { return fixture.put_under_escrow(); }

}  // namespace

TEST_CASE("a macOS chat.db goes through three nights and comes back, end to end") {
  nights_of(kChat, end_to_end, "e2ee");
}
TEST_CASE("a macOS chat.db goes through three nights and comes back by an agent's key alone") {
  nights_of(kChat, under_escrow, "escrow");
}
TEST_CASE("a WhatsApp msgstore.db goes through three nights and comes back, end to end") {
  nights_of(kWhatsApp, end_to_end, "e2ee");
}
TEST_CASE("a WhatsApp msgstore.db goes through three nights and comes back by an agent's key") {
  nights_of(kWhatsApp, under_escrow, "escrow");
}

TEST_CASE("an encrypted WhatsApp backup is refused by its name") {
  const auto shared = shared_folder();
  const char* const below = "testdata/wa-crypt-tools";
  if (!shared || !fs::exists(*shared / below)) {
    MESSAGE("not tried: the shared folder with ", below, " is absent");
    return;
  }
  NightFixture fixture;
  for (const char* const name :
       {"msgstore.db.crypt12", "msgstore.db.crypt14", "msgstore.db.crypt15"}) {
    std::string message;
    try {
      static_cast<void>(fixture.night(*shared / below / name));
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::source);
      message = error.what();
    }
    CHECK(message.find("WhatsApp's own backup") != std::string::npos);
  }
}
