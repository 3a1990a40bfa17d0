#include "source/profiles/profile.hpp"

namespace valise {

namespace {

/// Relative to the folder WhatsApp, or (older rows) absolute with that folder in it, which has
/// moved on the device since.
std::optional<std::string> android_media_path(std::string_view stored) {
  if (!stored.starts_with('/')) return std::string(stored);
  constexpr std::string_view kMedia = "/WhatsApp/Media/";
  const std::size_t at = stored.find(kMedia);
  if (at == std::string_view::npos) return std::nullopt;
  return "Media/" + std::string(stored.substr(at + kMedia.size()));
}

std::optional<std::string> apple_media_path(std::string_view stored) {
  if (stored.starts_with('/')) return std::nullopt;
  return "Message/" + std::string(stored);
}

}  // namespace

Profile whatsapp_android_profile() {
  return {
      .name = "whatsapp-android",
      .tables = {"message", "jid", "chat", "message_media"},
      .own_columns = {"chat_row_id", "key_id", "timestamp"},
      .message_table = "message",
      // A row of chat -1 is a placeholder. The sign keeps SQLite from fetching the rows one by one
      // through an index on the chat: reading the table once is faster.
      .message_filter = "+chat_row_id > 0",
      .time_column = "timestamp",
      .time_units = {{1000, 0}},
      .version_query = "SELECT value FROM props WHERE key = 'msgtore_db_schema_version'",
      .home_paths = {},
      .attachments = {.database_folder = "Databases",
                      .roots = {"Media"},
                      .extra_files = {},
                      .table = "message_media",
                      .path_column = "file_path",
                      .size_column = "file_size",
                      .relative = android_media_path},
  };
}

Profile whatsapp_ios_profile() {
  return {
      .name = "whatsapp-ios",
      .tables = {"ZWAMESSAGE", "ZWACHATSESSION"},
      .own_columns = {"ZMESSAGEDATE", "ZCHATSESSION", "ZSTANZAID"},
      .message_table = "ZWAMESSAGE",
      .message_filter = "1",
      .time_column = "ZMESSAGEDATE",
      .time_units = {{1, kAppleEpoch}},
      .version_query = "SELECT Z_VERSION FROM Z_METADATA",
      .home_paths = {"Library/Group Containers/group.net.whatsapp.WhatsApp.shared/"
                     "ChatStorage.sqlite"},
      .attachments = {.database_folder = {},
                      .roots = {"Message"},
                      .extra_files = {},
                      .table = "ZWAMEDIAITEM",
                      .path_column = "ZMEDIALOCALPATH",
                      .size_column = "ZFILESIZE",
                      .relative = apple_media_path},
  };
}

}  // namespace valise
