#pragma once

#include "ops/opened_backup.hpp"
#include "source/stored_database.hpp"
#include "valise/restore.hpp"
#include "vault/rebuild.hpp"

namespace valise {

/// The verb on any storage. See valise/restore.hpp.
[[nodiscard]] RestoreResult restore_from(Storage& storage, const Run& run,
                                         const RestoreOptions& options, const UnlockSource& unlock);

/// The same with whatever key `open_key` gives; it is asked once, after the snapshot was found.
[[nodiscard]] RestoreResult restore_with(const VaultView& view, const Run& run,
                                         const RestoreOptions& options,
                                         const std::function<VaultKey()>& open_key);

/// Proves a rebuilt database: the page root and, on another core at the same time, SQLite's own
/// check and the message count. Throws Error(corrupt) when root or count differ; what SQLite's
/// check says of the content is in the result.
[[nodiscard]] DatabaseReport prove_database(DatabaseRebuild& rebuild, int fd, DatabaseCheck check,
                                            const std::string& object, const Run& run);

[[nodiscard]] DatabaseCheck database_check(CheckLevel level) noexcept;

}  // namespace valise
