#pragma once

#include "state/credential.hpp"
#include "vault/container_reader.hpp"
#include "vault/snapshot_index.hpp"

namespace valise {

/// One backup with its key and manifest at hand.
struct OpenedBackup {
  ContainerReader container;
  Secret dek;
  Manifest manifest;
};

/// Opens one backup: its container must carry the very entry that the log holds. Throws
/// Error(corrupt) naming the container, Error(wrong_key).
[[nodiscard]] OpenedBackup open_backup(const Vault& vault, const RootChain& roots,
                                       const Snapshot& snapshot, const VaultKey& key);

/// A vault read for opening backups.
struct VaultView {
  Vault vault;
  RootChain roots;
  SnapshotIndex index;
  /// Where the owner's log lacks what this machine's credential remembers of it: a sentence that
  /// names the object and the way out. A revocation or a policy may be missing then.
  std::string behind;
};
/// `roots` of the result is what its index points into: do not move the pieces apart. Without a
/// run nothing is known that this machine remembers.
[[nodiscard]] std::unique_ptr<VaultView> view_vault(Storage& storage);
[[nodiscard]] std::unique_ptr<VaultView> view_vault(Storage& storage, const Run& run);

/// What VaultView::behind says of a log and a credential; empty where nothing lacks.
[[nodiscard]] std::string owner_log_fault(const RootChain& roots, const Credential& credential);

/// Throws Error(corrupt) where view.behind is set and `name` is no full id: what "latest", a date
/// or a prefix means there may be a thief's.
void refuse_if_behind(const VaultView& view, const std::string& name);
/// Throws Error(corrupt) where `behind`, of owner_log_fault, is not empty: what the owner signs
/// would follow on a log that was cut back, and make that final.
void refuse_to_sign_behind(const std::string& behind);

/// Which snapshots `source` means: an id prefix, a file name (asks the manifests, so it needs the
/// key), or all when it is empty. Throws Error(not_found) when no snapshot is of that source.
[[nodiscard]] std::function<bool(const Snapshot&)> source_filter(const VaultView& view,
                                                                 const std::string& source,
                                                                 const VaultKey& key);

/// Warns where `taken` was chosen by "latest" or by a date among snapshots of several sources that
/// are `wanted`, and names those.
void warn_of_other_sources(const Run& run, const SnapshotIndex& index, const Snapshot& taken,
                           const std::function<bool(const Snapshot&)>& wanted);

/// Where the problems of reading the log go: each becomes a warning.
void warn_of_problems(const Run& run, const SnapshotIndex& index);
/// The same, and of view.behind first.
void warn_of_problems(const Run& run, const VaultView& view);

}  // namespace valise
