#include "source/profiles/profile.hpp"

namespace valise {

Profile whatsapp_android_profile() {
  return {
      .name = "whatsapp-android",
      .tables = {"message", "jid", "chat", "message_media"},
      .message_table = "message",
      // A row of chat -1 is a placeholder. The sign keeps SQLite from fetching the rows one by one
      // through an index on the chat: reading the table once is faster.
      .message_filter = "+chat_row_id > 0",
      .time_column = "timestamp",
      .time_units = {{1000, 0}},
      .version_query = "SELECT value FROM props WHERE key = 'msgtore_db_schema_version'",
      .home_paths = {},
  };
}

Profile whatsapp_ios_profile() {
  return {
      .name = "whatsapp-ios",
      .tables = {"ZWAMESSAGE", "ZWACHATSESSION"},
      .message_table = "ZWAMESSAGE",
      .message_filter = "1",
      .time_column = "ZMESSAGEDATE",
      .time_units = {{1, kAppleEpoch}},
      .version_query = "SELECT Z_VERSION FROM Z_METADATA",
      .home_paths = {"Library/Group Containers/group.net.whatsapp.WhatsApp.shared/"
                     "ChatStorage.sqlite"},
  };
}

}  // namespace valise
