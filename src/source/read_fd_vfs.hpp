#pragma once

// Private to this room: the file system layer that reads a stored database from a descriptor.

#include "source/sqlite_handle.hpp"
#include "valise/run.hpp"

namespace valise {

/// Opens the database in the file `fd` read-only and as one that never changes: no journal, no WAL
/// and no lock is looked for, even where the header asks for a WAL; nothing but the descriptor is
/// ever read. `fd` must stay open, and `cancellation` (may be null) must outlive the handle; once
/// requested, every read fails. Only what SQLite cannot even begin with fails here, with its code
/// in `code`. Throws Error(internal) when the layer cannot be registered.
[[nodiscard]] SqliteHandle open_descriptor(int fd, const Cancellation* cancellation, int& code);

}  // namespace valise
