#include "source/profiles/profile.hpp"

namespace valise {

namespace {

/// Behind the folder of the user NAME, on a Mac: "/Users/NAME/", of any one name.
std::string_view without_user_folder(std::string_view stored) {
  constexpr std::string_view kUsers = "/Users/";
  if (!stored.starts_with(kUsers)) return {};
  const std::size_t end = stored.find('/', kUsers.size());
  return end == std::string_view::npos || end == kUsers.size() ? "" : stored.substr(end + 1);
}

/// The rows give the place where the file stood on the device that wrote them; below Messages'
/// folder the tree is the same wherever the database stands now.
std::optional<std::string> imessage_path(std::string_view stored) {
  std::string_view below;
  for (const std::string_view home : {"~/", "/var/mobile/", "/private/var/mobile/"}) {
    if (stored.starts_with(home)) below = stored.substr(home.size());
  }
  if (below.empty()) below = without_user_folder(stored);
  for (const std::string_view folder : {"Library/Messages/", "Library/SMS/"}) {
    if (below.starts_with(folder)) return std::string(below.substr(folder.size()));
  }
  return std::nullopt;
}

}  // namespace

Profile imessage_profile() {
  return {
      .name = "imessage",
      .tables = {"message", "chat", "handle", "chat_message_join", "message_attachment_join"},
      .own_columns = {"guid", "handle_id", "date", "is_from_me"},
      .message_table = "message",
      // Rows without a date are placeholders; the index on `date` alone answers the whole query.
      .message_filter = "date > 0",
      .time_column = "date",
      // Nanoseconds since macOS 10.13, seconds before: no date in seconds is as large as 10^12, and
      // none in nanoseconds (from 2001 on) as small.
      .time_units = {{1'000'000'000, kAppleEpoch, 1'000'000'000'000}, {1, kAppleEpoch}},
      .version_query = "SELECT value FROM _SqliteDatabaseProperties WHERE key = '_ClientVersion'",
      .home_paths = {"Library/Messages/chat.db"},
      .attachments = {.database_folder = {},
                      .roots = {"Attachments", "StickerCache"},
                      .extra_files = {},
                      .table = "attachment",
                      .path_column = "filename",
                      .size_column = "total_bytes",
                      .relative = imessage_path},
  };
}

}  // namespace valise
