#pragma once

// Private to this room: what keeps the schema of a database that is only being read from running
// anything. Live and stored databases are opened under the same guard, so that both are counted
// alike.

#include "source/sqlite_handle.hpp"

namespace valise {

/// Puts limits, defensive mode, an untrusted schema and an authorizer on a connection that was just
/// opened. From then on only SELECT, a few PRAGMAs and the functions of the counts are allowed; no
/// view, trigger or extension is ever run. Does not touch the file.
/// Throws Error(internal) when SQLite refuses one of them.
void guard_connection(sqlite3* database);

/// Reads the schema, in the transaction that is open, and keeps the page cache at `cache_kib`. A
/// schema that SQLite cannot understand (a newer version wrote it, or it is damaged) is no
/// obstacle: what it does understand stays usable, and the reason is returned; empty when all is
/// well.
[[nodiscard]] std::string load_schema(sqlite3* database, int cache_kib);

}  // namespace valise
