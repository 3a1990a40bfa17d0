#pragma once

#include "database.hpp"

namespace valise::bench {

/// The tables and indexes of macOS 15's chat.db, by their real names.
void create_tables(Database& database);

/// The triggers that stock SQLite can run. Three of the real ones call functions that only
/// Messages registers (delete_attachment_path, before_delete_attachment_path,
/// after_delete_message_plugin); with those, no row of a sample could ever be deleted.
void create_triggers(Database& database);

}  // namespace valise::bench
