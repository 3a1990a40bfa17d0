#pragma once

#include <functional>
#include <optional>
#include <string>

#include "valise/files.hpp"
#include "valise/run.hpp"
#include "valise/unlock.hpp"

namespace valise {

struct DiffOptions {
  std::string before;  ///< Both as in RestoreOptions.
  std::string after;
  std::string source;
};

/// What a snapshot says of its messages.
struct DiffSide {
  std::string snapshot;  ///< 32 hex digits.
  UnixSeconds time = 0;
  std::string source;  ///< The source's id, 32 hex digits.
  std::string name;    ///< The database's file name.
  std::uint64_t messages = 0;
  std::optional<std::int64_t> first_message;  ///< Unix seconds.
  std::optional<std::int64_t> last_message;
};

/// One file that is not the same in both. Only a time that differs does not count.
struct FileChange {
  enum class Kind { came, changed, went };
  Kind kind = Kind::came;
  std::string path;
  std::optional<SnapshotFile> before;  ///< Nothing where it came.
  std::optional<SnapshotFile> after;   ///< Nothing where it went.
};

struct FileChanges {
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;  ///< Of what came or changed as it is now, of what went as it was.
};

struct DiffResult {
  DiffSide before;
  DiffSide after;
  bool same_source = true;
  bool same_database = true;  ///< Page for page.
  FileChanges came;
  FileChanges changed;
  FileChanges went;
};

/// Compares two snapshots by their manifests and catalogs; reads no message and no file. Hands each
/// file that differs to `on_change`, in the bytewise order of their paths, without ever holding
/// more than a few. Warns where the two are of different sources. Throws usage, not_found,
/// wrong_key, corrupt (names the container), storage, cancelled.
[[nodiscard]] DiffResult diff(const Run& run, const DiffOptions& options,
                              const UnlockSource& unlock,
                              const std::function<void(const FileChange&)>& on_change);

}  // namespace valise
