#pragma once

#include "ops/opened_backup.hpp"
#include "valise/files.hpp"
#include "vault/merged_catalog.hpp"

namespace valise {

/// The catalogs of a chain as one; opens each of its containers. Throws Error(corrupt) naming the
/// container, Error(wrong_key).
[[nodiscard]] std::unique_ptr<MergedCatalog> open_catalog(const VaultView& view,
                                                          std::span<const Snapshot* const> chain,
                                                          const VaultKey& key);

/// A catalog's row as the library shows it.
[[nodiscard]] SnapshotFile snapshot_file(const CatalogFile& file);

/// The verb on any storage. See valise/files.hpp.
[[nodiscard]] ListedFiles list_files_in(Storage& storage, const Run& run,
                                        const ListFilesOptions& options, const UnlockSource& unlock,
                                        const std::function<void(const SnapshotFile&)>& on_file);

}  // namespace valise
