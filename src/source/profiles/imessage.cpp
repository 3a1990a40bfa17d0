#include "source/profiles/profile.hpp"

namespace valise {

Profile imessage_profile() {
  return {
      .name = "imessage",
      .tables = {"message", "chat", "handle", "chat_message_join", "message_attachment_join"},
      .message_table = "message",
      // Rows without a date are placeholders; the index on `date` alone answers the whole query.
      .message_filter = "date > 0",
      .time_column = "date",
      // Nanoseconds since macOS 10.13, seconds before: no date in seconds is as large as 10^12, and
      // none in nanoseconds (from 2001 on) as small.
      .time_units = {{1'000'000'000, kAppleEpoch, 1'000'000'000'000}, {1, kAppleEpoch}},
      .version_query = "SELECT value FROM _SqliteDatabaseProperties WHERE key = '_ClientVersion'",
      .home_paths = {"Library/Messages/chat.db"},
  };
}

}  // namespace valise
