#include "source/profiles/profile.hpp"

namespace valise {

Profile signal_desktop_profile() {
  return {
      .name = "signal-desktop",
      .tables = {"messages", "conversations", "items"},
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
  };
}

}  // namespace valise
