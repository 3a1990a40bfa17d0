#include "source/profiles/profile.hpp"

namespace valise {

namespace {

std::optional<std::string> desktop_attachment_path(std::string_view stored) {
  if (stored.starts_with('/')) return std::nullopt;
  return "attachments.noindex/" + std::string(stored);
}

/// The rows give the place on the device, "/data/user/0/org.thoughtcrime.securesms/app_parts/X";
/// a tool that rebuilt the database may have left the name alone.
std::optional<std::string> part_path(std::string_view stored) {
  constexpr std::string_view kParts = "app_parts/";
  if (stored.starts_with(kParts)) return std::string(stored);
  if (!stored.starts_with('/')) return std::string(kParts) + std::string(stored);
  const std::size_t at = stored.rfind("/app_parts/");
  if (at == std::string_view::npos) return std::nullopt;
  return std::string(stored.substr(at + 1));
}

}  // namespace

Profile signal_desktop_profile() {
  return {
      .name = "signal-desktop",
      .tables = {"messages", "conversations", "items"},
      .own_columns = {"conversationId", "sent_at", "received_at", "json"},
      .message_table = "messages",
      // Other types are notices about calls, keys and groups.
      .message_filter = "+type IN ('incoming', 'outgoing')",
      .time_column = "sent_at",
      .time_units = {{1000, 0}},
      .version_query = {},
      .home_paths = {"Library/Application Support/Signal/sql/db.sqlite",
                     ".config/Signal/sql/db.sqlite",
                     ".var/app/org.signal.Signal/config/Signal/sql/db.sqlite",
                     "snap/signal-desktop/current/.config/Signal/sql/db.sqlite"},
      // The table came with version 1360 of the schema; before, the paths stood inside of JSON
      // texts, and what stands in the folders is all that is known. config.json holds the key (or
      // its sealed form) of the database that the app itself would open.
      .attachments = {.database_folder = "sql",
                      .roots = {"attachments.noindex", "avatars.noindex", "stickers.noindex",
                                "drafts.noindex"},
                      .extra_files = {"config.json"},
                      .table = "message_attachments",
                      .path_column = "path",
                      .size_column = "size",
                      .relative = desktop_attachment_path,
                      .came_late = true},
  };
}

Profile signal_android_profile() {
  return {
      .name = "signal-android",
      .tables = {"message", "thread", "recipient", "attachment"},
      .own_columns = {"date_sent", "from_recipient_id", "latest_revision_id"},
      .message_table = "message",
      // A message is what somebody sent, once: each edit is a row of its own, and all but the
      // newest name that one as their latest revision. Of the types, 20 to 26 are messages that
      // came or went; the others, and those with a bit of 0x47ff00, are notices (calls, drafts,
      // keys, groups, timers, sessions).
      .message_filter =
          "+latest_revision_id IS NULL AND (type & 31) BETWEEN 20 AND 26 AND (type & 0x47ff00) = 0",
      .time_column = "date_sent",
      .time_units = {{1000, 0}},
      .version_query = {},
      .home_paths = {},
      .attachments = {.database_folder = "databases",
                      .roots = {"app_parts"},
                      .extra_files = {},
                      .table = "attachment",
                      .path_column = "data_file",
                      .size_column = "data_size",
                      .relative = part_path},
  };
}

}  // namespace valise
