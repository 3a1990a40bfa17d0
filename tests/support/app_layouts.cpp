#include "support/app_layouts.hpp"

#include <stdexcept>

namespace valise::test {

namespace {

#define VALISE_SERIES \
  "WITH RECURSIVE n(i) AS (SELECT %f UNION ALL SELECT i + 1 FROM n WHERE i < %l) "

// 725760000 s after Apple's epoch, 1704067200 s after Unix', is 2024-01-01.
constexpr std::string_view kIMessageSchema =
    "CREATE TABLE _SqliteDatabaseProperties(key TEXT, value TEXT, UNIQUE(key));"
    "CREATE TABLE message(ROWID INTEGER PRIMARY KEY AUTOINCREMENT, guid TEXT UNIQUE NOT NULL, "
    "text TEXT, attributedBody BLOB, handle_id INTEGER DEFAULT 0, service TEXT, date INTEGER, "
    "date_read INTEGER, is_from_me INTEGER DEFAULT 0, cache_has_attachments INTEGER DEFAULT 0, "
    "associated_message_guid TEXT, associated_message_type INTEGER DEFAULT 0, item_type INTEGER "
    "DEFAULT 0, date_edited INTEGER, date_retracted INTEGER);"
    "CREATE TABLE chat(ROWID INTEGER PRIMARY KEY AUTOINCREMENT, guid TEXT UNIQUE NOT NULL, "
    "style INTEGER, chat_identifier TEXT, service_name TEXT, display_name TEXT);"
    "CREATE TABLE handle(ROWID INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, "
    "service TEXT NOT NULL);"
    "CREATE TABLE chat_message_join(chat_id INTEGER, message_id INTEGER, message_date INTEGER "
    "DEFAULT 0, PRIMARY KEY(chat_id, message_id));"
    "CREATE TABLE chat_handle_join(chat_id INTEGER, handle_id INTEGER);"
    "CREATE TABLE attachment(ROWID INTEGER PRIMARY KEY AUTOINCREMENT, guid TEXT UNIQUE NOT NULL, "
    "created_date INTEGER DEFAULT 0, filename TEXT, uti TEXT, mime_type TEXT, transfer_state "
    "INTEGER DEFAULT 0, is_outgoing INTEGER DEFAULT 0, transfer_name TEXT, total_bytes INTEGER "
    "DEFAULT 0);"
    "CREATE TABLE message_attachment_join(message_id INTEGER, attachment_id INTEGER, "
    "UNIQUE(message_id, attachment_id));"
    "CREATE INDEX message_idx_date ON message(date);"
    "CREATE INDEX message_attachment_join_idx_message_id ON message_attachment_join(message_id);"
    "INSERT INTO _SqliteDatabaseProperties VALUES('_ClientVersion', '18026');"
    "INSERT INTO handle VALUES(1, '+10000000001', 'iMessage');"
    "INSERT INTO chat VALUES(1, 'iMessage;-;+10000000001', 45, '+10000000001', 'iMessage', NULL);"
    "INSERT INTO chat_handle_join VALUES(1, 1);"
    // A file that the app has not fetched yet has no name.
    "INSERT INTO attachment(guid, filename, total_bytes) VALUES('at-none', NULL, 5000);";
constexpr std::string_view kIMessageMessages = VALISE_SERIES
    "INSERT INTO message(ROWID, guid, text, handle_id, service, date, is_from_me) "
    "SELECT i, 'guid-' || i, 'message number ' || i, 1, 'iMessage', "
    "(725760000 + i * 3600) * 1000000000, i % 2 FROM n;"
    "INSERT INTO chat_message_join SELECT 1, ROWID, date FROM message WHERE ROWID >= %f;";
constexpr std::string_view kIMessageAttachment =
    "INSERT INTO attachment(guid, created_date, filename, mime_type, transfer_state, "
    "transfer_name, total_bytes) VALUES('at-%n', 725760000, '%p', 'image/heic', 5, 'IMG_%n', %s);"
    "INSERT OR IGNORE INTO message_attachment_join VALUES(%m, last_insert_rowid());";

constexpr std::string_view kAndroidSchema =
    "PRAGMA user_version=1;"
    "CREATE TABLE props(_id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT UNIQUE, value TEXT);"
    "CREATE TABLE jid(_id INTEGER PRIMARY KEY AUTOINCREMENT, user TEXT NOT NULL, server TEXT NOT "
    "NULL, raw_string TEXT);"
    "CREATE TABLE jid_map(lid_row_id INTEGER PRIMARY KEY, jid_row_id INTEGER NOT NULL);"
    "CREATE TABLE chat(_id INTEGER PRIMARY KEY AUTOINCREMENT, jid_row_id INTEGER UNIQUE, "
    "subject TEXT, sort_timestamp INTEGER);"
    "CREATE TABLE message(_id INTEGER PRIMARY KEY AUTOINCREMENT, chat_row_id INTEGER NOT NULL, "
    "from_me INTEGER NOT NULL, key_id TEXT NOT NULL, sender_jid_row_id INTEGER, timestamp INTEGER, "
    "received_timestamp INTEGER, message_type INTEGER, text_data TEXT, sort_id INTEGER NOT NULL "
    "DEFAULT 0);"
    "CREATE TABLE message_media(message_row_id INTEGER PRIMARY KEY, chat_row_id INTEGER, "
    "file_path TEXT, file_size INTEGER, mime_type TEXT, file_hash TEXT, media_name TEXT);"
    "CREATE TABLE message_quoted(message_row_id INTEGER PRIMARY KEY, key_id TEXT);"
    "CREATE TABLE messages(_id INTEGER PRIMARY KEY AUTOINCREMENT, key_remote_jid TEXT);"
    "CREATE INDEX message_chat_id_index ON message(chat_row_id, sort_id);"
    "INSERT INTO props(key, value) VALUES('msgtore_db_schema_version', 'bdb68b04');"
    "INSERT INTO jid(user, server, raw_string) VALUES('10000000001', 's.whatsapp.net', "
    "'10000000001@s.whatsapp.net');"
    "INSERT INTO chat(jid_row_id, subject) VALUES(1, NULL);"
    "INSERT INTO message(_id, chat_row_id, from_me, key_id, timestamp) VALUES(-1, -1, 0, '-1', 0);";
constexpr std::string_view kAndroidMessages = VALISE_SERIES
    "INSERT INTO message(_id, chat_row_id, from_me, key_id, sender_jid_row_id, timestamp, "
    "message_type, text_data, sort_id) SELECT i, 1, i % 2, 'KEY' || i, 1, "
    "(1704067200 + i * 3600) * 1000, 0, 'message number ' || i, i FROM n;";
constexpr std::string_view kAndroidAttachment =
    "INSERT INTO message_media(message_row_id, chat_row_id, file_path, file_size, mime_type) "
    "VALUES(%n, 1, '%p', %s, 'image/jpeg');";

constexpr std::string_view kAppleSchema =
    "CREATE TABLE Z_METADATA(Z_VERSION INTEGER PRIMARY KEY, Z_UUID VARCHAR(255), Z_PLIST BLOB);"
    "CREATE TABLE Z_PRIMARYKEY(Z_ENT INTEGER PRIMARY KEY, Z_NAME VARCHAR, Z_SUPER INTEGER, "
    "Z_MAX INTEGER);"
    "CREATE TABLE ZWACHATSESSION(Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, Z_OPT INTEGER, "
    "ZCONTACTJID VARCHAR, ZPARTNERNAME VARCHAR);"
    "CREATE TABLE ZWAMESSAGE(Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, Z_OPT INTEGER, "
    "ZCHATSESSION INTEGER, ZISFROMME INTEGER, ZMESSAGETYPE INTEGER, ZMESSAGEDATE TIMESTAMP, "
    "ZSTANZAID VARCHAR, ZTEXT VARCHAR, ZMEDIAITEM INTEGER);"
    "CREATE TABLE ZWAMEDIAITEM(Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, Z_OPT INTEGER, "
    "ZMESSAGE INTEGER, ZFILESIZE INTEGER, ZMEDIALOCALPATH VARCHAR, ZTITLE VARCHAR);"
    "CREATE TABLE ZWAMESSAGEINFO(Z_PK INTEGER PRIMARY KEY, ZMESSAGE INTEGER, "
    "ZRECEIPTINFO BLOB);"
    "INSERT INTO Z_METADATA VALUES(1, 'uuid', NULL);"
    "INSERT INTO ZWACHATSESSION VALUES(1, 1, 1, '10000000001@s.whatsapp.net', 'Somebody');";
constexpr std::string_view kAppleMessages = VALISE_SERIES
    "INSERT INTO ZWAMESSAGE(Z_PK, ZCHATSESSION, ZISFROMME, ZMESSAGETYPE, ZMESSAGEDATE, ZSTANZAID, "
    "ZTEXT) SELECT i, 1, i % 2, 0, 725760000.25 + i * 3600, 'KEY' || i, 'message number ' || i "
    "FROM n;";
constexpr std::string_view kAppleAttachment =
    "INSERT INTO ZWAMEDIAITEM(ZMESSAGE, ZFILESIZE, ZMEDIALOCALPATH) VALUES(%m, %s, '%p');";

constexpr std::string_view kDesktopSchema =
    "PRAGMA user_version=1370;"
    "CREATE TABLE conversations(id TEXT PRIMARY KEY ASC, json TEXT, active_at INTEGER, type TEXT, "
    "name TEXT, profileName TEXT);"
    "CREATE TABLE items(id TEXT PRIMARY KEY ASC, json TEXT);"
    "CREATE TABLE messages(rowid INTEGER PRIMARY KEY ASC, id TEXT UNIQUE, json TEXT, type TEXT, "
    "conversationId TEXT, sent_at INTEGER, received_at INTEGER, received_at_ms INTEGER, body "
    "TEXT);"
    "CREATE TABLE reactions(conversationId TEXT, emoji TEXT, messageId TEXT);"
    "CREATE TABLE edited_messages(messageId TEXT, sentAt INTEGER);"
    "CREATE TABLE message_attachments(messageId TEXT NOT NULL, editHistoryIndex INTEGER NOT NULL, "
    "attachmentType TEXT NOT NULL, orderInMessage INTEGER NOT NULL, path TEXT, size INTEGER NOT "
    "NULL, localKey TEXT, plaintextHash TEXT, version INTEGER, contentType TEXT, "
    "PRIMARY KEY(messageId, editHistoryIndex, attachmentType, orderInMessage)) STRICT;"
    "CREATE VIRTUAL TABLE messages_fts USING fts5(body);"
    "INSERT INTO conversations VALUES('c-1', '{}', 1, 'private', 'Somebody', NULL);"
    "INSERT INTO items VALUES('number_id', '{}');"
    "INSERT INTO messages(id, type, conversationId, sent_at) VALUES('notice', 'call-history', "
    "'c-1', 1893456000000);";
constexpr std::string_view kDesktopMessages = VALISE_SERIES
    "INSERT INTO messages(id, json, type, conversationId, sent_at, received_at_ms, body) "
    "SELECT 'm-' || i, '{}', CASE i % 2 WHEN 0 THEN 'incoming' ELSE 'outgoing' END, 'c-1', "
    "(1704067200 + i * 3600) * 1000, (1704067200 + i * 3600) * 1000 + 500, 'message number ' || i "
    "FROM n;";
constexpr std::string_view kDesktopAttachment =
    "INSERT INTO message_attachments(messageId, editHistoryIndex, attachmentType, orderInMessage, "
    "path, size, version) VALUES('m-%m', -1, 'attachment', %n, '%p', %s, 2);";

constexpr std::string_view kSignalAndroidSchema =
    "PRAGMA user_version=270;"
    "CREATE TABLE recipient(_id INTEGER PRIMARY KEY AUTOINCREMENT, type INTEGER DEFAULT 0, "
    "e164 TEXT UNIQUE, aci TEXT UNIQUE, profile_joined_name TEXT);"
    "CREATE TABLE thread(_id INTEGER PRIMARY KEY AUTOINCREMENT, date INTEGER DEFAULT 0, "
    "recipient_id INTEGER NOT NULL UNIQUE, meaningful_messages INTEGER DEFAULT 0);"
    "CREATE TABLE message(_id INTEGER PRIMARY KEY AUTOINCREMENT, date_sent INTEGER NOT NULL, "
    "date_received INTEGER NOT NULL, thread_id INTEGER NOT NULL, from_recipient_id INTEGER NOT "
    "NULL, type INTEGER NOT NULL, body TEXT, latest_revision_id INTEGER DEFAULT NULL, "
    "original_message_id INTEGER DEFAULT NULL, revision_number INTEGER DEFAULT 0);"
    "CREATE TABLE attachment(_id INTEGER PRIMARY KEY AUTOINCREMENT, message_id INTEGER, "
    "content_type TEXT, data_file TEXT DEFAULT NULL, data_size INTEGER DEFAULT 0, data_random "
    "BLOB, data_hash_end TEXT DEFAULT NULL, transfer_state INTEGER);"
    "CREATE TABLE reaction(_id INTEGER PRIMARY KEY, message_id INTEGER NOT NULL, emoji TEXT);"
    "CREATE TABLE mention(_id INTEGER PRIMARY KEY, message_id INTEGER);"
    "CREATE INDEX message_date_sent_from_to_thread_index ON message(date_sent, "
    "from_recipient_id, thread_id);"
    "INSERT INTO recipient(e164) VALUES('+10000000001');"
    "INSERT INTO thread(recipient_id) VALUES(1);"
    // A call, and the first wording of a message that was edited.
    "INSERT INTO message(_id, date_sent, date_received, thread_id, from_recipient_id, type, "
    "latest_revision_id) VALUES(1000000001, 1893456000000, 1893456000000, 1, 1, 1, NULL), "
    "(1000000002, 1893456000000, 1893456000000, 1, 1, 10485780, 1);";
constexpr std::string_view kSignalAndroidMessages = VALISE_SERIES
    "INSERT INTO message(_id, date_sent, date_received, thread_id, from_recipient_id, type, body) "
    "SELECT i, (1704067200 + i * 3600) * 1000, (1704067200 + i * 3600) * 1000 + 500, 1, 1, "
    "CASE i % 2 WHEN 0 THEN 10485780 ELSE 10485783 END, 'message number ' || i FROM n;";
constexpr std::string_view kSignalAndroidAttachment =
    "INSERT INTO attachment(message_id, content_type, data_file, data_size, transfer_state) "
    "VALUES(%m, 'image/jpeg', '%p', %s, 0);";

constexpr std::string_view kNotesMessages =
    VALISE_SERIES "INSERT INTO note SELECT i, 'note number ' || i FROM n;";

}  // namespace

const std::vector<AppLayout>& app_layouts() {
  static const std::vector<AppLayout> kLayouts = {
      {"imessage",
       "chat.db",
       kIMessageSchema,
       kIMessageMessages,
       kIMessageAttachment,
       "SELECT filename FROM attachment WHERE filename IS NOT NULL",
       "Attachments/",
       "~/Library/Messages/Attachments/",
       ".heic",
       true,
       {"StickerCache/1/sticker.png", "Attachments/ff/15/left/preview.pluginPayloadAttachment"}},
      {"imessage-ios",
       "sms.db",
       kIMessageSchema,
       kIMessageMessages,
       kIMessageAttachment,
       "SELECT filename FROM attachment WHERE filename IS NOT NULL",
       "Attachments/",
       "/var/mobile/Library/SMS/Attachments/",
       ".heic",
       true,
       {"StickerCache/1/sticker.png"}},
      {"whatsapp-android",
       "Databases/msgstore.db",
       kAndroidSchema,
       kAndroidMessages,
       kAndroidAttachment,
       "SELECT file_path FROM message_media WHERE file_path IS NOT NULL",
       "Media/WhatsApp Images/",
       "Media/WhatsApp Images/",
       ".jpg",
       true,
       {"Media/.Statuses/status.jpg", "Media/WhatsApp Voice Notes/202401/PTT-1.opus"}},
      {"whatsapp-ios",
       "ChatStorage.sqlite",
       kAppleSchema,
       kAppleMessages,
       kAppleAttachment,
       "SELECT ZMEDIALOCALPATH FROM ZWAMEDIAITEM WHERE ZMEDIALOCALPATH IS NOT NULL",
       "Message/Media/",
       "Media/",
       ".jpg",
       true,
       {"Message/Media/1@s.whatsapp.net/a/b/thumb.thumb"}},
      {"signal-desktop",
       "sql/db.sqlite",
       kDesktopSchema,
       kDesktopMessages,
       kDesktopAttachment,
       "SELECT path FROM message_attachments WHERE path IS NOT NULL",
       "attachments.noindex/",
       "",
       "",
       true,
       {"avatars.noindex/ab/abcd", "stickers.noindex/1/2", "config.json"}},
      {"signal-android",
       "databases/signal.db",
       kSignalAndroidSchema,
       kSignalAndroidMessages,
       kSignalAndroidAttachment,
       "SELECT data_file FROM attachment WHERE data_file IS NOT NULL",
       "app_parts/",
       "/data/user/0/org.thoughtcrime.securesms/app_parts/",
       ".mms",
       false,
       {"app_parts/part-left.mms"}},
      {"sqlite",
       "notes.db",
       "CREATE TABLE note(id INTEGER PRIMARY KEY, body TEXT);",
       kNotesMessages,
       "",
       "",
       "",
       "",
       "",
       true,
       {}},
  };
  return kLayouts;
}

const AppLayout& app_layout(const std::string& app) {
  for (const AppLayout& layout : app_layouts()) {
    if (layout.app == app) return layout;
  }
  throw std::runtime_error("there is no app folder of \"" + app + "\"");
}

}  // namespace valise::test
