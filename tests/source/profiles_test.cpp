#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <string>

#include "base/error.hpp"
#include "source/live_database.hpp"
#include "support/app_folders.hpp"
#include "support/sample_database.hpp"
#include "support/shared.hpp"
#include "support/temp_folder.hpp"
#include "support/texts.hpp"

namespace {

using namespace valise;
using test::contains;
using test::SampleConnection;
using test::TempFolder;

constexpr std::int64_t kApple = 978307200;

ContentSummary summary_of(const std::filesystem::path& path) {
  return LiveDatabase::open(path).summarize();
}

/// A database made of `sql`, summarised.
ContentSummary summary_of_sql(const std::string& sql) {
  TempFolder folder;
  {
    SampleConnection app(folder.path() / "a.db");
    app.execute(sql);
  }
  return summary_of(folder.path() / "a.db");
}

std::string imessage_with(const std::string& column, const std::string& values) {
  return "CREATE TABLE message(ROWID INTEGER PRIMARY KEY, " + column +
         ");"
         "CREATE TABLE chat(a); CREATE TABLE handle(a); CREATE TABLE chat_message_join(a);"
         "CREATE TABLE message_attachment_join(a);" +
         (values.empty() ? "" : "INSERT INTO message(date) VALUES " + values + ";");
}

std::string refusal(const std::filesystem::path& source) {
  try {
    return "resolved to " + resolve_source(source).string();
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::source);
    return error.what();
  }
}

}  // namespace

TEST_CASE("iMessage is counted with dates in nanoseconds and in seconds") {
  TempFolder folder;
  test::make_imessage_database(folder.path() / "chat.db", 48);
  const ContentSummary summary = summary_of(folder.path() / "chat.db");
  CHECK(summary.profile == "imessage");
  CHECK(summary.messages == 48);
  CHECK(summary.first_message == 1704067200);
  CHECK(summary.last_message == 1704067200 + 47 * 3600);
  CHECK(summary.schema_version == "0 (18026)");

  const ContentSummary mixed =
      summary_of_sql(imessage_with("date INTEGER", "(400000000), (700000000000000001), (0)"));
  CHECK(mixed.messages == 2);
  CHECK(mixed.first_message == kApple + 400000000);
  CHECK(mixed.last_message == kApple + 700000000);
}

TEST_CASE("absurd dates are dropped, their messages counted") {
  const ContentSummary summary = summary_of_sql(
      imessage_with("date",
                    "(500000000), (9223372036854775807), (1e300), ('text'), (x'00ff'), "
                    "(9e999), (4000000000), (600000000.75)"));
  CHECK(summary.profile == "imessage");
  CHECK(summary.messages == 8);
  CHECK(summary.first_message == kApple + 500000000);
  CHECK(summary.last_message == kApple + 600000000);

  // In a text column SQL compares texts, and these lie between the bounds as texts do.
  const ContentSummary texts =
      summary_of_sql(imessage_with("date TEXT", "('20000000000000000000000'), ('2e300'), ('1x')"));
  CHECK(texts.messages == 3);
  CHECK((!texts.first_message || *texts.first_message >= kApple));

  const ContentSummary none = summary_of_sql(imessage_with("date", ""));
  CHECK(none.messages == 0);
  CHECK_FALSE(none.first_message.has_value());
  CHECK_FALSE(none.last_message.has_value());
}

TEST_CASE("a schema that is not as expected makes the count plainer and fails nothing") {
  const ContentSummary no_date =
      summary_of_sql(imessage_with("other", "") + "INSERT INTO message(other) VALUES (1), (2);");
  CHECK(no_date.profile == "imessage");
  CHECK(no_date.messages == 2);
  CHECK_FALSE(no_date.first_message.has_value());

  // A view is no table: what it would run is never run.
  const ContentSummary view = summary_of_sql(
      "CREATE TABLE t(a); INSERT INTO t VALUES (1), (2), (3);"
      "CREATE VIEW message AS SELECT a AS date FROM t; CREATE TABLE chat(a);"
      "CREATE TABLE handle(a); CREATE TABLE chat_message_join(a);"
      "CREATE TABLE message_attachment_join(a)");
  CHECK(view.profile == "sqlite");
  CHECK(view.messages == 3);
}

TEST_CASE("WhatsApp is counted on Android and on Apple's systems") {
  const ContentSummary android = summary_of_sql(
      "PRAGMA user_version=1;"
      "CREATE TABLE message(_id INTEGER PRIMARY KEY, chat_row_id INTEGER, timestamp INTEGER);"
      "CREATE TABLE jid(a); CREATE TABLE chat(a); CREATE TABLE message_media(a);"
      "CREATE TABLE props(_id INTEGER PRIMARY KEY, key TEXT, value TEXT);"
      "INSERT INTO props(key, value) VALUES('msgtore_db_schema_version', 'bdb68b04');"
      "INSERT INTO message(chat_row_id, timestamp) VALUES (-1, 0), (1, 1650000000999), "
      "(2, 1640000000000), (2, 0)");
  CHECK(android.profile == "whatsapp-android");
  CHECK(android.messages == 3);
  CHECK(android.first_message == 1640000000);
  CHECK(android.last_message == 1650000000);
  CHECK(android.schema_version == "1 (bdb68b04)");

  const ContentSummary apple = summary_of_sql(
      "CREATE TABLE ZWAMESSAGE(Z_PK INTEGER PRIMARY KEY, ZMESSAGEDATE TIMESTAMP);"
      "CREATE TABLE ZWACHATSESSION(a);"
      "INSERT INTO ZWAMESSAGE(ZMESSAGEDATE) VALUES (700000000.999), (710000000.25), (NULL)");
  CHECK(apple.profile == "whatsapp-ios");
  CHECK(apple.messages == 3);
  CHECK(apple.first_message == kApple + 700000000);
  CHECK(apple.last_message == kApple + 710000000);
}

TEST_CASE("a decrypted Signal Desktop database is counted without its notices") {
  const ContentSummary summary = summary_of_sql(
      "CREATE TABLE messages(id TEXT PRIMARY KEY, type TEXT, sent_at INTEGER);"
      "CREATE TABLE conversations(a); CREATE TABLE items(a);"
      "INSERT INTO messages VALUES('a', 'incoming', 1700000000500), "
      "('b', 'outgoing', 1710000000500), ('c', 'call-history', 1720000000500)");
  CHECK(summary.profile == "signal-desktop");
  CHECK(summary.messages == 2);
  CHECK(summary.first_message == 1700000000);
  CHECK(summary.last_message == 1710000000);
}

TEST_CASE("a decrypted Signal Android database is counted by what was sent, each message once") {
  const ContentSummary summary = summary_of_sql(
      "PRAGMA user_version=270;"
      "CREATE TABLE message(_id INTEGER PRIMARY KEY, date_sent INTEGER, thread_id INTEGER, "
      "from_recipient_id INTEGER, type INTEGER, body TEXT, latest_revision_id INTEGER, "
      "revision_number INTEGER);"
      "CREATE TABLE thread(a); CREATE TABLE recipient(a); CREATE TABLE attachment(a);"
      // Received, sent; a message and its edit; a call, a draft, a group update, a changed timer.
      "INSERT INTO message(date_sent, type, latest_revision_id) VALUES"
      "(1700000000500, 10485780, NULL), (1710000000500, 10485783, NULL), "
      "(1600000000500, 10485780, 4), (1705000000500, 10485780, NULL), (1720000000500, 1, NULL), "
      "(1720000000500, 27, NULL), (1720000000500, 11075604, NULL), (1720000000500, 10747924, "
      "NULL)");
  CHECK(summary.profile == "signal-android");
  CHECK(summary.messages == 3);
  CHECK(summary.first_message == 1700000000);
  CHECK(summary.last_message == 1710000000);
  CHECK(summary.schema_version == "270");
}

TEST_CASE("tables that the newest version of an app adds or drops change nothing") {
  const std::string whatsapp =
      "CREATE TABLE message(chat_row_id INTEGER, timestamp INTEGER); CREATE TABLE jid(a);"
      "CREATE TABLE chat(a); CREATE TABLE message_media(a);"
      "INSERT INTO message VALUES (1, 1650000000999);";
  for (const char* more : {"", "CREATE TABLE message_new(a)", "CREATE TABLE recipient(a)",
                           "CREATE TABLE attachment(a); CREATE TABLE handle(a)",
                           "CREATE TABLE thread(a); CREATE TABLE recipient(a);"
                           "CREATE TABLE attachment(a)"}) {
    CAPTURE(more);
    const ContentSummary summary = summary_of_sql(whatsapp + more);
    CHECK(summary.profile == "whatsapp-android");
    CHECK(summary.messages == 1);
    CHECK(summary.first_message == 1650000000);
  }
}

TEST_CASE("an app's database that lacks one of its tables is still that app's") {
  const std::vector<std::pair<std::string, std::vector<std::string>>> apps{
      {"imessage", {"chat", "handle", "chat_message_join", "message_attachment_join"}},
      {"whatsapp-android", {"jid", "chat", "message_media"}},
      {"whatsapp-ios", {"ZWACHATSESSION"}},
      {"signal-desktop", {"conversations", "items"}},
      {"signal-android", {"thread", "recipient", "attachment"}}};
  for (const auto& pair : apps) {
    const std::string& app = pair.first;
    for (const std::string& table : pair.second) {
      CAPTURE(app);
      CAPTURE(table);
      TempFolder folder;
      const test::AppFolder made =
          test::make_app_folder(app, folder.path() / "app", {.messages = 20});
      CHECK(summary_of(made.database).absent_tables.empty());
      SampleConnection(made.database).execute("DROP TABLE " + table);
      const ContentSummary summary = summary_of(made.database);
      CHECK(summary.profile == app);
      CHECK(summary.messages == 20);
      CHECK(summary.first_message.has_value());
      CHECK(summary.absent_tables == std::vector<std::string>{table});
      CHECK(resolve_source(made.base) == std::filesystem::canonical(made.database));
      const bool names_files = table == "message_media" || table == "attachment";
      const AttachmentRows rows = LiveDatabase::open(made.database).attachment_rows();
      CHECK(rows.table_absent == names_files);
      CHECK(rows.cut_short == names_files);
      CHECK((rows.files.size() == 0) == names_files);
    }
    const std::string message_table = app == "whatsapp-ios"     ? "ZWAMESSAGE"
                                      : app == "signal-desktop" ? "messages"
                                                                : "message";
    TempFolder folder;
    const test::AppFolder made = test::make_app_folder(app, folder.path() / "app");
    SampleConnection(made.database).execute("DROP TABLE " + message_table);
    CHECK(summary_of(made.database).profile == "sqlite");
  }
}

TEST_CASE("a database with some tables of an app's names is not taken for that app's") {
  for (const char* sql :
       {"CREATE TABLE messages(id, type, sent_at, body); CREATE TABLE conversations(id);",
        "CREATE TABLE messages(id, json); CREATE TABLE items(id);",
        "CREATE TABLE message(id, date_sent, type, body); CREATE TABLE recipient(id);"
        "CREATE TABLE attachment(id);",
        "CREATE TABLE message(id, date, text); CREATE TABLE chat(id); CREATE TABLE handle(id);"
        "CREATE TABLE chat_message_join(a);",
        "CREATE TABLE message(id, timestamp, chat_id); CREATE TABLE chat(id);"
        "CREATE TABLE message_media(id);",
        "CREATE TABLE message(guid, handle_id, date, is_from_me); CREATE TABLE chat(id);"
        "CREATE TABLE handle(id);"}) {
    CAPTURE(sql);
    CHECK(summary_of_sql(sql).profile == "sqlite");
  }
}

TEST_CASE("any other database is counted by the rows of its ordinary tables") {
  const ContentSummary summary = summary_of_sql(
      "CREATE TABLE a(x INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO a VALUES (1), (2);"
      "CREATE TABLE \"odd \"\"name\"(x PRIMARY KEY) WITHOUT ROWID;"
      "INSERT INTO \"odd \"\"name\" VALUES (1);"
      "CREATE VIRTUAL TABLE words USING fts5(x); INSERT INTO words VALUES ('one'), ('two');"
      "CREATE TABLE wordsmith(x); INSERT INTO wordsmith VALUES (1);"
      "CREATE VIEW v AS SELECT * FROM a");
  CHECK(summary.profile == "sqlite");
  CHECK(summary.messages == 4);
  CHECK_FALSE(summary.first_message.has_value());
}

TEST_CASE("the real databases of two apps are recognised and counted") {
  const auto shared = test::shared_folder();
  if (!shared || !std::filesystem::exists(*shared / "testdata")) {
    MESSAGE("absent: the shared test data");
    return;
  }
  TempFolder folder;
  std::filesystem::copy_file(*shared / "testdata/imessage-exporter/db/test.db",
                             folder.path() / "chat.db");
  const ContentSummary imessage = summary_of(folder.path() / "chat.db");
  CHECK(imessage.profile == "imessage");
  CHECK(imessage.messages == 3);
  CHECK(imessage.first_message == kApple + 760569924);
  CHECK(imessage.last_message == kApple + 779490370);
  const AttachmentRows stickers = LiveDatabase::open(folder.path() / "chat.db").attachment_rows();
  CHECK(stickers.rows == 3);
  CHECK(stickers.outside == 0);
  REQUIRE(stickers.files.size() == 3);
  CHECK(stickers.files.at(0).path ==
        "StickerCache/08e35ab2eac42b55-A8124391-B4DF-4ECE-BACC-9C3687080D1A/"
        "A8124391-B4DF-4ECE-BACC-9C3687080D1A.heic");
  CHECK(stickers.files.at(0).size == 60664);
  std::filesystem::copy_file(*shared / "testdata/wa-crypt-tools/msgstore.db",
                             folder.path() / "msgstore.db");
  const ContentSummary whatsapp = summary_of(folder.path() / "msgstore.db");
  CHECK(whatsapp.profile == "whatsapp-android");
  CHECK(whatsapp.messages == 0);
  CHECK_FALSE(whatsapp.first_message.has_value());
  // Its two media have no file.
  CHECK(LiveDatabase::open(folder.path() / "msgstore.db").attachment_rows().rows == 0);
}

TEST_CASE("a folder stands for the one message database in it") {
  TempFolder folder;
  const auto at = [&](const char* name) { return folder.path() / name; };
  CHECK(contains(refusal(folder.path()), "no message database"));
  CHECK(contains(refusal(at("none.db")), "no such file"));
  test::make_database(at("plain.db"));
  CHECK(contains(refusal(folder.path()), "plain.db"));
  CHECK(resolve_source(at("plain.db")) == std::filesystem::canonical(at("plain.db")));
  std::ofstream(at("notes.txt")) << "no database";
  std::ofstream(at("empty.db"));
  test::make_imessage_database(at("chat.db"), 1, {.journal_mode = "wal"});
  CHECK(resolve_source(folder.path()) == std::filesystem::canonical(at("chat.db")));
  std::filesystem::create_symlink(at("chat.db"), at("link.db"));
  CHECK(resolve_source(folder.path()) == std::filesystem::canonical(at("chat.db")));
  CHECK(resolve_source(at("link.db")) == std::filesystem::canonical(at("chat.db")));
  test::make_imessage_database(at("sms.db"), 1);
  CHECK(contains(refusal(folder.path()), "chat.db, sms.db"));
}

TEST_CASE("the usual places of the apps are looked for below HOME") {
  TempFolder home;
  const char* before = std::getenv("HOME");
  const std::string saved = before == nullptr ? "" : before;
  setenv("HOME", home.path().c_str(), 1);
  CHECK(usual_sources().empty());
  const auto chat = home.path() / "Library/Messages/chat.db";
  const auto signal = home.path() / ".config/Signal/sql/db.sqlite";
  for (const auto& path : {chat, signal}) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << "x";
  }
  const std::vector<UsualSource> found = usual_sources();
  REQUIRE(found.size() == 2);
  CHECK(found[0].path == chat);
  CHECK(found[0].profile == "imessage");
  CHECK(found[1].path == signal);
  CHECK(found[1].profile == "signal-desktop");
  unsetenv("HOME");
  CHECK(usual_sources().empty());
  if (before != nullptr) setenv("HOME", saved.c_str(), 1);
}
