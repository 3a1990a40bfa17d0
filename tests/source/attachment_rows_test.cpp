#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "source/live_database.hpp"
#include "support/app_folders.hpp"
#include "support/sample_database.hpp"
#include "support/temp_folder.hpp"
#include "support/texts.hpp"

namespace {

using namespace valise;
using test::contains;
using test::SampleConnection;
using test::TempFolder;

AttachmentRows rows_of_sql(const std::string& sql) {
  TempFolder folder;
  {
    SampleConnection app(folder.path() / "a.db");
    app.execute(sql);
  }
  LiveDatabase database = LiveDatabase::open(folder.path() / "a.db");
  AttachmentRows rows = database.attachment_rows();
  // The transaction goes on: what follows reads the same state.
  static_cast<void>(database.summarize());
  return rows;
}

/// The files, each "path size" in a line.
std::string listed_files(const AttachmentRows& rows) {
  std::string lines;
  for (std::size_t i = 0; i < rows.files.size(); ++i) {
    const NamedFile file = rows.files.at(i);
    lines += std::string(file.path) + " " + std::to_string(file.size) + "\n";
  }
  return lines;
}

const std::string kIMessageTables =
    "CREATE TABLE message(date INTEGER); CREATE TABLE chat(a); CREATE TABLE handle(a);"
    "CREATE TABLE chat_message_join(a); CREATE TABLE message_attachment_join(a);";
const std::string kIMessage =
    kIMessageTables +
    "CREATE TABLE attachment(ROWID INTEGER PRIMARY KEY, filename TEXT, total_bytes INTEGER);";

std::string imessage_rows(const std::string& values) {
  return kIMessage + "INSERT INTO attachment(filename, total_bytes) VALUES " + values + ";";
}

/// An iMessage database whose rows name a thousand files of 84 digits.
void name_a_thousand(const std::filesystem::path& file) {
  SampleConnection(file).execute(
      kIMessage +
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) "
      "INSERT INTO attachment(filename, total_bytes) "
      "SELECT '~/Library/Messages/' || printf('%084d', i), 1 FROM n");
}

}  // namespace

TEST_CASE("a folder of each app is recognised, counted, and its rows name its files") {
  for (const std::string& app : test::app_folder_names()) {
    CAPTURE(app);
    TempFolder folder;
    test::AppFolder made = test::make_app_folder(app, folder.path() / "app");
    test::grow_app_folder(made, {.messages = 30, .files = 5, .missing = 1, .seed = 2});
    const bool has_files = app != "sqlite";
    CHECK(made.named.size() == (has_files ? 15 : 0));
    CHECK(made.missing.size() == (has_files ? 3 : 0));

    // The folder stands for the database in it; so does each name in between.
    if (has_files) {
      CHECK(resolve_source(made.base) == std::filesystem::canonical(made.database));
      CHECK(resolve_source(made.database.parent_path()) ==
            std::filesystem::canonical(made.database));
    }
    LiveDatabase database = LiveDatabase::open(made.database);
    const ContentSummary summary = database.summarize();
    CHECK(summary.profile == (app == "imessage-ios" ? "imessage" : app));
    CHECK(summary.messages == 130);
    if (has_files) {
      CHECK(summary.first_message == 1704067200 + 3600);
      CHECK(summary.last_message == 1704067200 + 130 * 3600);
    }
    const AttachmentRows rows = database.attachment_rows();
    CHECK(rows.outside == 0);
    CHECK(rows.rows == made.named.size() + made.missing.size());
    REQUIRE(rows.files.size() == rows.rows);
    for (const std::string& path : made.named) {
      CHECK(rows.files.contains(path));
      CHECK(std::filesystem::is_regular_file(made.base / path));
    }
    for (const std::string& path : made.missing) {
      CHECK(rows.files.contains(path));
      CHECK_FALSE(std::filesystem::exists(made.base / path));
    }
    const MediaPlace place = media_place(summary.profile, made.database);
    CHECK(place.base == made.base);
    for (const std::string& path : made.unnamed) {
      CHECK_FALSE(rows.files.contains(path));
      const bool below_root =
          std::any_of(place.roots.begin(), place.roots.end(),
                      [&](const std::string& root) { return path.starts_with(root + "/"); });
      CHECK((below_root || path == "config.json"));
    }
    CHECK(test::read_app_folder(app, made.base).named == made.named);
  }
}

TEST_CASE("iMessage's rows name files below Messages' folder, whichever device wrote them") {
  const AttachmentRows rows = rows_of_sql(imessage_rows(
      "('~/Library/Messages/Attachments/0a/1/a.heic', 100),"
      "('/Users/somebody/Library/Messages/Attachments/0b/b.mov', 200),"
      "('~/Library/SMS/Attachments/0c/c.jpg', 300),"
      "('/var/mobile/Library/SMS/Attachments/0d/d.jpg', 400),"
      "('~/Library/Messages/StickerCache/x.png', 1), (NULL, 7), ('', 8),"
      "('/Users/somebody/Documents/report.pdf', 5), ('Attachments/0e/e.jpg', 5),"
      "('/Users//Library/Messages/a', 1), ('/Users/x', 1), ('~/Library/Messages/', 1)"));
  CHECK(listed_files(rows) ==
        "Attachments/0a/1/a.heic 100\nAttachments/0b/b.mov 200\nAttachments/0c/c.jpg 300\n"
        "Attachments/0d/d.jpg 400\nStickerCache/x.png 1\n");
  CHECK(rows.rows == 10);
  CHECK(rows.outside == 5);
  REQUIRE(rows.outside_samples.size() == 5);
  CHECK(rows.outside_samples[0].path == "/Users/somebody/Documents/report.pdf");
  CHECK(rows.outside_samples[0].reason == "it lies outside of the source's folder");
  CHECK_FALSE(rows.cut_short);
}

TEST_CASE("a row that names the database or what SQLite keeps beside it names no attachment") {
  const AttachmentRows rows = rows_of_sql(imessage_rows(
      "('~/Library/Messages/a.db', 1), ('~/Library/Messages/a.db-wal', 1),"
      "('~/Library/Messages/a.db-shm', 1), ('~/Library/Messages/a.db-journal', 1),"
      "('~/Library/Messages/a.db.txt', 2), ('~/Library/Messages/Attachments/a.db', 3)"));
  CHECK(listed_files(rows) == "Attachments/a.db 3\na.db.txt 2\n");
  CHECK(rows.rows == 6);
  CHECK(rows.outside == 0);
}

TEST_CASE("WhatsApp's rows name files on Android and on Apple's systems") {
  const AttachmentRows android = rows_of_sql(
      "CREATE TABLE message(chat_row_id, timestamp); CREATE TABLE jid(a); CREATE TABLE chat(a);"
      "CREATE TABLE message_media(message_row_id INTEGER PRIMARY KEY, file_path TEXT, "
      "file_size INTEGER);"
      "INSERT INTO message_media(file_path, file_size) VALUES"
      "('Media/WhatsApp Images/IMG-1.jpg', 10),"
      "('/storage/emulated/0/WhatsApp/Media/WhatsApp Video/VID-1.mp4', 20),"
      "('/storage/emulated/0/DCIM/IMG-2.jpg', 30), (NULL, 40), ('../x', 1);");
  CHECK(listed_files(android) ==
        "Media/WhatsApp Images/IMG-1.jpg 10\nMedia/WhatsApp Video/VID-1.mp4 20\n");
  CHECK(android.rows == 4);
  CHECK(android.outside == 2);

  const AttachmentRows apple = rows_of_sql(
      "CREATE TABLE ZWAMESSAGE(ZMESSAGEDATE); CREATE TABLE ZWACHATSESSION(a);"
      "CREATE TABLE ZWAMEDIAITEM(Z_PK INTEGER PRIMARY KEY, ZMEDIALOCALPATH VARCHAR, "
      "ZFILESIZE INTEGER);"
      "INSERT INTO ZWAMEDIAITEM(ZMEDIALOCALPATH, ZFILESIZE) VALUES"
      "('Media/1@s.whatsapp.net/a/b/c.jpg', 10), ('/etc/passwd', 1);");
  CHECK(listed_files(apple) == "Message/Media/1@s.whatsapp.net/a/b/c.jpg 10\n");
  CHECK(apple.outside == 1);
}

TEST_CASE("Signal's rows name files, of both its databases") {
  const std::string desktop =
      "CREATE TABLE messages(type TEXT, sent_at INTEGER); CREATE TABLE conversations(a);"
      "CREATE TABLE items(a);";
  const AttachmentRows rows =
      rows_of_sql(desktop +
                  "CREATE TABLE message_attachments(messageId TEXT, path TEXT, size INTEGER, "
                  "PRIMARY KEY(messageId)) WITHOUT ROWID;"
                  "INSERT INTO message_attachments VALUES('a', 'ab/abcd', 10), ('b', NULL, 20), "
                  "('c', '/etc/passwd', 1);");
  CHECK(listed_files(rows) == "attachments.noindex/ab/abcd 10\n");
  CHECK(rows.outside == 1);
  // Before version 1360 there is no such table.
  CHECK(rows_of_sql(desktop).rows == 0);

  const AttachmentRows android = rows_of_sql(
      "CREATE TABLE message(_id INTEGER PRIMARY KEY, date_sent INTEGER); CREATE TABLE thread(a);"
      "CREATE TABLE recipient(a);"
      "CREATE TABLE attachment(_id INTEGER PRIMARY KEY, data_file TEXT, data_size INTEGER);"
      "INSERT INTO attachment(data_file, data_size) VALUES"
      "('/data/user/0/org.thoughtcrime.securesms/app_parts/part1.mms', 10),"
      "('app_parts/part2.mms', 20), ('part3.mms', 30), ('/sdcard/x', 1);");
  CHECK(listed_files(android) ==
        "app_parts/part1.mms 10\napp_parts/part2.mms 20\napp_parts/part3.mms 30\n");
  CHECK(android.outside == 1);
}

TEST_CASE("a database of no app names no files, and neither does one that lacks the columns") {
  CHECK(rows_of_sql("CREATE TABLE attachment(filename, total_bytes);"
                    "INSERT INTO attachment VALUES('~/Library/Messages/a', 1)")
            .rows == 0);
  CHECK(rows_of_sql(kIMessageTables).rows == 0);
  CHECK(rows_of_sql(kIMessageTables + "CREATE TABLE attachment(other);"
                                      "INSERT INTO attachment VALUES('~/Library/Messages/a')")
            .rows == 0);
  // Nothing that a view would run is run.
  CHECK(rows_of_sql(kIMessageTables +
                    "CREATE VIEW attachment AS SELECT '~/Library/Messages/a' AS filename, "
                    "1 AS total_bytes")
            .rows == 0);
  const AttachmentRows no_size =
      rows_of_sql(kIMessageTables +
                  "CREATE TABLE attachment(filename);"
                  "INSERT INTO attachment VALUES('~/Library/Messages/a')");
  CHECK(listed_files(no_size) == "a 0\n");
}

TEST_CASE("hostile rows are counted as outside, and never shown as they are") {
  const std::string messages = "'~/Library/Messages/";
  const AttachmentRows rows = rows_of_sql(imessage_rows(
      "(" + messages + "../../../etc/passwd', 1), (" + messages + "a/../b', 1), (" + messages +
      "..', 1), (" + messages + "./..', 1), (" + messages + "a/..//b', 1), (" + messages +
      "a' || char(0) || 'b', 1), (x'2f6574632f706173737764', 1), (5, 1), (2.5, 1),"
      "('/etc/' || char(27) || '[2Jx', 1)"));
  CHECK(rows.files.size() == 0);
  CHECK(rows.rows == 10);
  CHECK(rows.outside == 10);
  for (const OutsideRow& sample : rows.outside_samples) {
    CHECK(sample.path.find('\x1b') == std::string::npos);
    CHECK(sample.path.find('\0') == std::string::npos);
  }
}

TEST_CASE("a row that may be meant for a file here all the same is told apart, and why") {
  const auto only = [](const std::string& value) {
    AttachmentRows rows = rows_of_sql(imessage_rows("(" + value + ", 1)"));
    CHECK(rows.files.size() == 0);
    REQUIRE(rows.outside == 1);
    REQUIRE(rows.outside_samples.size() == 1);
    CHECK(rows.outside_samples[0].is_unclear == (rows.unclear == 1));
    return rows;
  };
  const auto unclear = [&only](const std::string& value) {
    CAPTURE(value);
    const AttachmentRows rows = only(value);
    CHECK(rows.unclear == 1);
    return rows.outside_samples[0].path + ": " + rows.outside_samples[0].reason;
  };
  CHECK(unclear("x'2f6574632f706173737764'") == "row 1 of attachment: its path is no text");
  CHECK(unclear("zeroblob(3000000)") ==
        "row 1 of attachment: its path has more than 1048576 bytes");
  CHECK(contains(unclear("'~/Library/Messages/a' || char(0) || 'b'"), ": its path has a NUL"));
  CHECK(contains(unclear("'~/Library/Messages/' || replace(hex(zeroblob(3000)), '0', 'x')"),
                 ": its path is longer than a file's can be"));
  CHECK(contains(unclear("'~/Library/Messages/a/../b'"), "a part \"..\""));
  CHECK(contains(unclear("'file:///Users/me/Library/Messages/Attachments/a'"), "is a URL"));
  for (const std::string form : {"Attachments/0e/e.jpg", "/System/Volumes/me/Attachments/e.jpg"}) {
    CHECK(contains(unclear("'" + form + "'"), "a form that is not known"));
  }
  for (const std::string elsewhere :
       {"/Users/somebody/Documents/report.pdf", "/var/folders/a/T/Messages/Transfers/e.jpg",
        "~/Pictures/MyAttachments/e.jpg"}) {
    CAPTURE(elsewhere);
    CHECK(only("'" + elsewhere + "'").unclear == 0);
  }
  // What is relative in other apps' rows would be a name for a file here.
  const AttachmentRows apple = rows_of_sql(
      "CREATE TABLE ZWAMESSAGE(ZMESSAGEDATE); CREATE TABLE ZWACHATSESSION(a);"
      "CREATE TABLE ZWAMEDIAITEM(Z_PK INTEGER PRIMARY KEY, ZMEDIALOCALPATH VARCHAR, "
      "ZFILESIZE INTEGER);"
      "INSERT INTO ZWAMEDIAITEM(ZMEDIALOCALPATH, ZFILESIZE) VALUES"
      "('file:///a/Message/Media/c.jpg', 10), ('Media/odd:/name://c.jpg', 1);");
  CHECK(apple.unclear == 1);
  CHECK(listed_files(apple) == "Message/Media/odd:/name:/c.jpg 1\n");
}

TEST_CASE("rows that the database does not give are not taken for rows that name nothing") {
  SUBCASE("the column has another name") {
    const AttachmentRows rows =
        rows_of_sql(kIMessageTables +
                    "CREATE TABLE attachment(ROWID INTEGER PRIMARY KEY, other TEXT, total_bytes);"
                    "INSERT INTO attachment VALUES(1, '~/Library/Messages/a', 1)");
    CHECK(rows.cut_short);
    CHECK_FALSE(rows.table_absent);
    CHECK(contains(rows.why_cut_short, "no such column: filename"));
  }
  SUBCASE("a page of the table is damaged") {
    TempFolder folder;
    const auto file = folder.path() / "chat.db";
    name_a_thousand(file);
    test::damage_last_leaf(file, "attachment");
    LiveDatabase database = LiveDatabase::open(file);
    const AttachmentRows rows = database.attachment_rows();
    CHECK(rows.files.size() > 100);
    CHECK(rows.files.size() < 1000);
    CHECK(rows.cut_short);
    CHECK(contains(rows.why_cut_short, "malformed"));
  }
}

TEST_CASE("a path is the same with empty and '.' parts in it") {
  const std::string messages = "'~/Library/Messages/";
  AttachmentRows rows = rows_of_sql(imessage_rows(
      "(" + messages + "a//b', 1), (" + messages + "./a/././b', 3), (" + messages + "/c', 1), (" +
      messages + "d/', 1), ('~//Library/./Messages/e', 1), ('//var/mobile/Library/SMS/f', 1)"));
  CHECK(rows.rows == 6);
  CHECK(rows.outside == 0);
  CHECK(listed_files(rows) == "a/b 3\nc 1\nd 1\ne 1\nf 1\n");

  rows = rows_of_sql(imessage_rows("('/', 1), ('.', 1), ('//', 1), (" + messages + ".', 1)"));
  CHECK(rows.outside == 4);
  CHECK(rows.files.size() == 0);
}

TEST_CASE("odd names that a disk can hold are taken as they are") {
  const AttachmentRows rows = rows_of_sql(imessage_rows(
      "('~/Library/Messages/a' || char(10) || 'b', 'x'), "
      "('~/Library/Messages/' || CAST(x'ff80' AS TEXT), -5), "
      "('~/Library/Messages/...', 9223372036854775807), ('~/Library/Messages/ ', 1e300)"));
  CHECK(rows.outside == 0);
  CHECK(listed_files(rows) ==
        "  9223372036854775807\n... 9223372036854775807\na\nb 0\n\xff\x80 0\n");
}

TEST_CASE("a path may have 4,096 bytes, and longer values are not even read") {
  const auto filled = [](std::size_t bytes) {
    return "('~/Library/Messages/' || replace(hex(zeroblob(" + std::to_string(bytes / 2) +
           ")), '0', 'x'), 1)";
  };
  const AttachmentRows rows = rows_of_sql(
      imessage_rows(filled(4096) + "," + filled(4098) + "," + filled(5000) + "," + filled(3 << 20) +
                    ", ('~/Library/Messages/last', 1)," + filled(4 << 20)));
  CHECK(rows.rows == 6);
  CHECK(rows.outside == 4);
  REQUIRE(rows.files.size() == 2);
  CHECK(rows.files.at(0).path == "last");
  CHECK(rows.files.at(1).path.size() == 4096);
  for (const OutsideRow& sample : rows.outside_samples) CHECK(sample.path.size() <= 300);
  CHECK_FALSE(rows.cut_short);
}

TEST_CASE("a row with much else in it still names its file") {
  const AttachmentRows rows = rows_of_sql(
      kIMessageTables +
      "CREATE TABLE attachment(ROWID INTEGER PRIMARY KEY, info BLOB, filename TEXT, total_bytes "
      "INTEGER, more BLOB);"
      "INSERT INTO attachment VALUES(1, zeroblob(3000000), '~/Library/Messages/a', 5, NULL), "
      "(2, NULL, '~/Library/Messages/b', 6, zeroblob(3000000))");
  CHECK(listed_files(rows) == "a 5\nb 6\n");
  CHECK(rows.outside == 0);
}

TEST_CASE("a table without row numbers ends at a value that is too long, and says so") {
  const AttachmentRows rows =
      rows_of_sql(kIMessageTables +
                  "CREATE TABLE attachment(id INTEGER PRIMARY KEY, filename TEXT) WITHOUT ROWID;"
                  "INSERT INTO attachment VALUES(1, '~/Library/Messages/a'), "
                  "(2, replace(hex(zeroblob(1000000)), '0', 'x')), (3, '~/Library/Messages/b')");
  CHECK(rows.cut_short);
  CHECK(listed_files(rows) == "a 0\n");
}

TEST_CASE("rows that name more than may be listed are cut short, and say so") {
  TempFolder folder;
  const auto file = folder.path() / "chat.db";
  name_a_thousand(file);
  LiveDatabase database = LiveDatabase::open(file);
  CHECK_FALSE(database.attachment_rows(100'000).cut_short);
  const AttachmentRows rows = database.attachment_rows(50'000);
  CHECK(rows.cut_short);
  CHECK(rows.files.size() == 500);
}

TEST_CASE("only so many samples are kept, and a million rows naming one file are one file") {
  const AttachmentRows rows = rows_of_sql(
      kIMessage +
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000) "
      "INSERT INTO attachment(filename, total_bytes) "
      "SELECT CASE WHEN i % 1000 = 0 THEN '/elsewhere' ELSE '~/Library/Messages/a' END, i FROM n");
  CHECK(rows.rows == 1'000'000);
  CHECK(rows.outside == 1000);
  CHECK(rows.outside_samples.size() == kOutsideSamplesMax);
  CHECK(listed_files(rows) == "a 999999\n");
  CHECK(rows.files.bytes() < 8 << 20);
}

TEST_CASE("the rows of a UTF-16 database are read as UTF-8") {
  const AttachmentRows rows =
      rows_of_sql("PRAGMA encoding='UTF-16le';" + imessage_rows("('~/Library/Messages/grün', 1)"));
  CHECK(listed_files(rows) == "grün 1\n");
}

TEST_CASE("each app's attachments have their place beside the database or one folder above") {
  const auto base = [](const char* profile, const char* path) {
    return media_place(profile, path).base.string();
  };
  CHECK(base("imessage", "/u/Library/Messages/chat.db") == "/u/Library/Messages");
  CHECK(base("whatsapp-android", "/w/WhatsApp/Databases/msgstore.db") == "/w/WhatsApp");
  CHECK(base("whatsapp-android", "/w/WhatsApp/msgstore.db") == "/w/WhatsApp");
  CHECK(base("whatsapp-ios", "/g/ChatStorage.sqlite") == "/g");
  CHECK(base("signal-desktop", "/c/Signal/sql/db.sqlite") == "/c/Signal");
  CHECK(base("signal-desktop", "/c/plain.sqlite") == "/c");
  CHECK(base("signal-android", "/d/databases/signal.db") == "/d");
  CHECK(base("sqlite", "/d/databases/signal.db") == "/d/databases");
  CHECK(base("of a later version", "/d/x.db") == "/d");

  using Names = std::vector<std::string>;
  CHECK(media_place("imessage", "/a/b").roots == Names{"Attachments", "StickerCache"});
  CHECK(media_place("sqlite", "/a/b").roots.empty());
  CHECK(media_place("signal-desktop", "/a/b").extra_files == Names{"config.json"});
  CHECK(media_place("imessage", "/a/b").extra_files.empty());
}
