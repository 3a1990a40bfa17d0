#pragma once

namespace valise {

/// The name of a file system layer over SQLite's own that reads a database ahead in large steps
/// while it is read in order, as a capture does: 4 KiB at a time, a third of a capture's time went
/// into system calls (measured). Everything else, locks and the WAL's shared memory above all, is
/// passed on to the layer below. Registered on first use; thread-safe.
///
/// Safe within a read transaction: in rollback mode its lock keeps the file as it is; in WAL mode a
/// page that the transaction reads from the file is one that no checkpoint may write while the
/// transaction lasts (sqlite.org/walformat.html section 2.5), and what was read ahead is forgotten
/// at every change of the lock.
[[nodiscard]] const char* read_ahead_layer();

}  // namespace valise
