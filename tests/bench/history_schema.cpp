#include "history_schema.hpp"

#include <array>
#include <string>

namespace valise::bench {

namespace {

constexpr const char* kSmallTables = R"sql(
CREATE TABLE _SqliteDatabaseProperties (key TEXT, value TEXT, UNIQUE(key));
CREATE TABLE kvtable (ROWID INTEGER PRIMARY KEY AUTOINCREMENT UNIQUE, key TEXT UNIQUE NOT NULL,
  value BLOB NOT NULL);
CREATE TABLE handle (ROWID INTEGER PRIMARY KEY AUTOINCREMENT UNIQUE, id TEXT NOT NULL,
  country TEXT, service TEXT NOT NULL, uncanonicalized_id TEXT, person_centric_id TEXT,
  UNIQUE (id, service));
CREATE TABLE deleted_messages (ROWID INTEGER PRIMARY KEY AUTOINCREMENT UNIQUE, guid TEXT NOT NULL);
CREATE TABLE sync_deleted_messages (ROWID INTEGER PRIMARY KEY AUTOINCREMENT UNIQUE,
  guid TEXT NOT NULL, recordID TEXT);
CREATE TABLE sync_deleted_chats (ROWID INTEGER PRIMARY KEY AUTOINCREMENT UNIQUE,
  guid TEXT NOT NULL, recordID TEXT, timestamp INTEGER);
CREATE TABLE sync_deleted_attachments (ROWID INTEGER PRIMARY KEY AUTOINCREMENT UNIQUE,
  guid TEXT NOT NULL, recordID TEXT);
CREATE TABLE scheduled_messages_pending_cloudkit_delete (
  ROWID INTEGER PRIMARY KEY AUTOINCREMENT UNIQUE, guid TEXT NOT NULL, recordID TEXT);
CREATE TABLE message_processing_task (ROWID INTEGER PRIMARY KEY AUTOINCREMENT UNIQUE,
  guid TEXT NOT NULL, task_flags INTEGER NOT NULL);
CREATE TABLE unsynced_removed_recoverable_messages (
  ROWID INTEGER PRIMARY KEY AUTOINCREMENT UNIQUE, chat_guid TEXT NOT NULL,
  message_guid TEXT NOT NULL, part_index INTEGER);
)sql";

constexpr const char* kJoinTables = R"sql(
CREATE TABLE chat_handle_join (chat_id INTEGER REFERENCES chat (ROWID) ON DELETE CASCADE,
  handle_id INTEGER REFERENCES handle (ROWID) ON DELETE CASCADE, UNIQUE(chat_id, handle_id));
CREATE TABLE chat_message_join (chat_id INTEGER REFERENCES chat (ROWID) ON DELETE CASCADE,
  message_id INTEGER REFERENCES message (ROWID) ON DELETE CASCADE,
  message_date INTEGER DEFAULT 0, PRIMARY KEY (chat_id, message_id));
CREATE TABLE message_attachment_join (
  message_id INTEGER REFERENCES message (ROWID) ON DELETE CASCADE,
  attachment_id INTEGER REFERENCES attachment (ROWID) ON DELETE CASCADE,
  UNIQUE(message_id, attachment_id));
CREATE TABLE chat_recoverable_message_join (
  chat_id INTEGER REFERENCES chat (ROWID) ON DELETE CASCADE,
  message_id INTEGER REFERENCES message (ROWID) ON DELETE CASCADE, delete_date INTEGER,
  ck_sync_state INTEGER DEFAULT 0, PRIMARY KEY (chat_id, message_id), CHECK (delete_date != 0));
CREATE TABLE recoverable_message_part (
  chat_id INTEGER REFERENCES chat (ROWID) ON DELETE CASCADE,
  message_id INTEGER REFERENCES message (ROWID) ON DELETE CASCADE, part_index INTEGER,
  delete_date INTEGER, part_text BLOB NOT NULL, ck_sync_state INTEGER DEFAULT 0,
  PRIMARY KEY (chat_id, message_id, part_index), CHECK (delete_date != 0));
)sql";

// A wide table is written as its columns in order: `+` stands for INTEGER DEFAULT 0,
// `#` for INTEGER, `$` for TEXT, `%` for BLOB.
constexpr const char* kMessageColumns =
    "$text +replace $service_center +handle_id $subject $country %attributedBody +version +type "
    "$service $account $account_guid +error #date #date_read #date_delivered +is_delivered "
    "+is_finished +is_emote +is_from_me +is_empty +is_delayed +is_auto_reply +is_prepared "
    "+is_read +is_system_message +is_sent +has_dd_results +is_service_message +is_forward "
    "+was_downgraded +is_archive +cache_has_attachments $cache_roomnames +was_data_detected "
    "+was_deduplicated +is_audio_message +is_played #date_played +item_type +other_handle "
    "$group_title +group_action_type +share_status +share_direction +is_expirable +expire_state "
    "+message_action_type +message_source $associated_message_guid +associated_message_type "
    "$balloon_bundle_id %payload_data $expressive_send_style_id "
    "+associated_message_range_location +associated_message_range_length "
    "#time_expressive_send_played %message_summary_info +ck_sync_state $ck_record_id "
    "$ck_record_change_tag $destination_caller_id +is_corrupt $reply_to_guid #sort_id +is_spam "
    "+has_unseen_mention $thread_originator_guid $thread_originator_part $syndication_ranges "
    "$synced_syndication_ranges +was_delivered_quietly +did_notify_recipient +date_retracted "
    "+date_edited +was_detonated #part_count +is_stewie +is_kt_verified +is_sos +is_critical "
    "$bia_reference_id $fallback_hash $associated_message_emoji +is_pending_satellite_send "
    "+needs_relay +schedule_type +schedule_state +sent_or_received_off_grid";

constexpr const char* kChatColumns =
    "#style #state $account_id %properties $chat_identifier $service_name $room_name "
    "$account_login +is_archived $last_addressed_handle $display_name $group_id +is_filtered "
    "#successful_query $engram_id $server_change_token +ck_sync_state $original_group_id "
    "+last_read_message_timestamp $cloudkit_record_id $last_addressed_sim_id +is_blackholed "
    "+syndication_date +syndication_type +is_recovered +is_deleting_incoming_messages";

constexpr const char* kAttachmentColumns =
    "+created_date +start_date $filename $uti $mime_type +transfer_state +is_outgoing %user_info "
    "$transfer_name +total_bytes +is_sticker %sticker_user_info %attribution_info "
    "+hide_attachment +ck_sync_state %ck_server_change_token_blob $ck_record_id $original_guid "
    "+is_commsafety_sensitive $emoji_image_content_identifier $emoji_image_short_description "
    "+preview_generation_state";

struct Index {
  const char* name;
  const char* on;
};

constexpr std::array kIndexes = {
    Index{"message_idx_date", "message(date)"},
    Index{"message_idx_thread_originator_guid", "message(thread_originator_guid)"},
    Index{"message_idx_handle", "message(handle_id, date)"},
    Index{"message_idx_handle_id", "message(handle_id)"},
    Index{"message_idx_is_sent_is_from_me_error", "message(is_sent, is_from_me, error)"},
    Index{"message_idx_associated_message", "message(associated_message_guid)"},
    Index{"message_idx_cache_has_attachments", "message(cache_has_attachments)"},
    Index{"message_idx_other_handle", "message(other_handle)"},
    Index{"message_idx_was_downgraded", "message(was_downgraded)"},
    Index{"message_idx_expire_state", "message(expire_state)"},
    Index{"message_idx_is_read", "message(is_read, is_from_me, is_finished)"},
    Index{"message_idx_isRead_isFromMe_itemType", "message(is_read, is_from_me, item_type)"},
    Index{"message_idx_failed", "message(is_finished, is_from_me, error)"},
    Index{"message_idx_schedule_state", "message(schedule_state)"},
    Index{"message_idx_undelivered_one_to_one_imessage",
          "message(cache_roomnames, service, is_sent, is_delivered, was_downgraded, item_type) "
          "WHERE cache_roomnames IS NULL AND service IN ('iMessage', 'RCS') AND is_sent = 1 AND "
          "is_delivered = 0 AND was_downgraded = 0 AND item_type == 0 AND schedule_type == 0"},
    Index{"message_idx_is_pending_satellite_message",
          "message(is_pending_satellite_send) WHERE is_pending_satellite_send = 1"},
    Index{"message_idx_is_scheduled_message", "message(schedule_type) WHERE schedule_type = 2"},
    Index{"message_processing_task_idx_guid_task_flags",
          "message_processing_task(guid, task_flags)"},
    Index{"chat_idx_chat_identifier", "chat(chat_identifier)"},
    Index{"chat_idx_chat_identifier_service_name", "chat(chat_identifier, service_name)"},
    Index{"chat_idx_chat_room_name_service_name", "chat(room_name, service_name)"},
    Index{"chat_idx_is_archived", "chat(is_archived)"},
    Index{"chat_idx_group_id", "chat(group_id)"},
    Index{"chat_handle_join_idx_handle_id", "chat_handle_join(handle_id)"},
    Index{"chat_message_join_idx_message_id_only", "chat_message_join(message_id)"},
    Index{"chat_message_join_idx_chat_id", "chat_message_join(chat_id)"},
    Index{"chat_message_join_idx_message_date_id_chat_id",
          "chat_message_join(chat_id, message_date, message_id)"},
    Index{"chat_recoverable_message_join_message_id_idx",
          "chat_recoverable_message_join(message_id)"},
    Index{"message_attachment_join_idx_message_id", "message_attachment_join(message_id)"},
    Index{"message_attachment_join_idx_attachment_id", "message_attachment_join(attachment_id)"},
    Index{"attachment_idx_is_sticker", "attachment(is_sticker)"},
    Index{"attachment_idx_purged_attachments_v2",
          "attachment(hide_attachment, ck_sync_state, transfer_state) WHERE hide_attachment = 0 "
          "AND (ck_sync_state = 1 OR ck_sync_state = 4) AND transfer_state = 0"}};

std::string spell_out_columns(std::string_view columns) {
  std::string sql;
  std::string type;
  for (const char c : std::string(columns) + " ") {
    switch (c) {
      case '+':
        type = " INTEGER DEFAULT 0";
        break;
      case '#':
        type = " INTEGER";
        break;
      case '$':
        type = " TEXT";
        break;
      case '%':
        type = " BLOB";
        break;
      case ' ':
        sql += type + ", ";
        break;
      default:
        sql += c;
    }
  }
  return sql.substr(0, sql.size() - 2);
}

void create_wide_table(Database& database, const std::string& name, std::string_view columns,
                       const std::string& constraint) {
  database.execute("CREATE TABLE " + name +
                   " (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, guid TEXT UNIQUE NOT NULL, " +
                   spell_out_columns(columns) + constraint + ")");
}

}  // namespace

void create_tables(Database& database) {
  database.execute(kSmallTables);
  create_wide_table(database, "message", kMessageColumns, "");
  create_wide_table(database, "chat", kChatColumns, "");
  create_wide_table(database, "attachment", kAttachmentColumns, ", UNIQUE(original_guid)");
  database.execute(kJoinTables);
  for (const Index& index : kIndexes) {
    database.execute(std::string("CREATE INDEX ") + index.name + " ON " + index.on);
  }
}

void create_triggers(Database& database) {
  // The room names of a message and the end of an orphaned message, shared by two triggers.
  const std::string refresh_rooms =
      "UPDATE message SET cache_roomnames = (SELECT group_concat(c.room_name) FROM chat c "
      "INNER JOIN chat_message_join j ON c.ROWID = j.chat_id WHERE j.message_id = @.message_id) "
      "WHERE message.ROWID = @.message_id; ";
  const std::string drop_orphan =
      "DELETE FROM message WHERE ROWID = OLD.message_id "
      "AND NOT EXISTS (SELECT 1 FROM chat_message_join WHERE message_id = OLD.message_id) "
      "AND NOT EXISTS (SELECT 1 FROM chat_recoverable_message_join "
      "WHERE message_id = OLD.message_id); ";
  const std::string drop_unused_handle =
      "DELETE FROM handle WHERE ROWID = OLD.handle_id "
      "AND NOT EXISTS (SELECT 1 FROM chat_handle_join WHERE handle_id = OLD.handle_id) "
      "AND NOT EXISTS (SELECT 1 FROM message WHERE handle_id = OLD.handle_id) "
      "AND NOT EXISTS (SELECT 1 FROM message WHERE other_handle = OLD.handle_id); ";
  const auto about = [&](const char* row) {
    std::string sql = refresh_rooms;
    for (auto at = sql.find('@'); at != std::string::npos; at = sql.find('@')) {
      sql.replace(at, 1, row);
    }
    return sql;
  };
  const auto add = [&](const char* name, const char* when, const std::string& body) {
    database.execute(std::string("CREATE TRIGGER ") + name + " AFTER " + when + " BEGIN " + body +
                     "END");
  };
  add("after_insert_on_chat_message_join", "INSERT ON chat_message_join", about("NEW"));
  add("after_delete_on_chat_message_join", "DELETE ON chat_message_join",
      about("OLD") + drop_orphan);
  add("after_delete_on_chat_recoverable_message_join", "DELETE ON chat_recoverable_message_join",
      about("OLD") + drop_orphan);
  add("after_delete_on_chat", "DELETE ON chat",
      "DELETE FROM chat_message_join WHERE chat_id = OLD.ROWID; ");
  add("after_delete_on_chat_handle_join", "DELETE ON chat_handle_join", drop_unused_handle);
  add("after_delete_on_message", "DELETE ON message", drop_unused_handle);
  add("add_to_deleted_messages", "DELETE ON message",
      "INSERT INTO deleted_messages (guid) VALUES (OLD.guid); ");
  add("add_to_sync_deleted_messages", "DELETE ON message",
      "INSERT INTO sync_deleted_messages (guid, recordID) VALUES (OLD.guid, OLD.ck_record_id); ");
  add("add_to_sync_deleted_attachments", "DELETE ON attachment",
      "INSERT INTO sync_deleted_attachments (guid, recordID) "
      "VALUES (OLD.guid, OLD.ck_record_id); ");
  add("after_insert_on_message_attachment_join", "INSERT ON message_attachment_join",
      "UPDATE message SET cache_has_attachments = 1 WHERE ROWID = NEW.message_id; ");
  add("after_delete_on_message_attachment_join", "DELETE ON message_attachment_join",
      "DELETE FROM attachment WHERE ROWID = OLD.attachment_id AND NOT EXISTS (SELECT 1 FROM "
      "message_attachment_join WHERE attachment_id = OLD.attachment_id); ");
  add("update_message_date_after_update_on_message", "UPDATE OF date ON message",
      "UPDATE chat_message_join SET message_date = NEW.date "
      "WHERE message_id = NEW.ROWID AND message_date != NEW.date; ");
}

}  // namespace valise::bench
