#pragma once

#include <optional>
#include <string>
#include <vector>

#include "valise/backup.hpp"
#include "valise/reader.hpp"
#include "valise/run.hpp"
#include "valise/unlock.hpp"

namespace valise {

struct SnapshotRow {
  std::string snapshot;  ///< 32 hex digits.
  UnixSeconds time = 0;
  std::string source;  ///< The source's id, 32 hex digits.
  bool full = false;
  std::string parent;  ///< 32 hex digits; empty for a full.
  std::string policy;  ///< "e2ee" or "escrow".
  unsigned k = 0;
  std::vector<Reader> readers;
  std::string device;       ///< The name under which its device was enrolled.
  std::uint64_t bytes = 0;  ///< Of its container.
  bool present = false;     ///< The container is in the vault.
  // Known to the device that made it, and to whoever unlocks:
  std::optional<std::string> name;
  std::optional<std::string> profile;
  std::optional<std::uint64_t> messages;
  std::optional<UnixSeconds> captured_at;
  std::optional<Origin> origin;  ///< Of a copy.
  /// The day that it shows: of a copy when the original was captured.
  [[nodiscard]] UnixSeconds shown_time() const noexcept {
    return origin && captured_at ? *captured_at : time;
  }
};

struct ListOptions {
  std::string source;  ///< Only this source: an id prefix or a file name; empty for all.
};

/// All snapshots of the vault, oldest first, by the day that they show. `unlock` may be empty:
/// names and counts are then known only for this device's own backups. Throws not_found, corrupt,
/// storage, wrong_key.
[[nodiscard]] std::vector<SnapshotRow> list_snapshots(const Run& run, const ListOptions& options,
                                                      const UnlockSource& unlock = {});

}  // namespace valise
