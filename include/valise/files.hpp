#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "valise/run.hpp"
#include "valise/unlock.hpp"

namespace valise {

/// A file of a snapshot with which something is wrong.
struct FileFault {
  std::string path;     ///< As in the catalog: bytes, relative to the source's folder.
  std::string problem;  ///< Names the damaged object, or says what stands in the way.
};

/// So many files are named; the others are counted.
inline constexpr std::size_t kFileFaultsMax = 10'000;

/// A list that stays small whatever happened to a million files.
struct FileFaults {
  std::uint64_t count = 0;
  std::vector<FileFault> first;  ///< At most kFileFaultsMax, by path.

  void add(std::string path, std::string problem);
};

enum class SnapshotFileState {
  present,
  missing,  ///< The database named it and the disk lacked it (offloaded to a cloud).
  link,     ///< A symlink, recorded and never followed.
};

struct SnapshotFile {
  std::string path;
  SnapshotFileState state = SnapshotFileState::present;
  std::uint64_t size = 0;     ///< Bytes; of a missing one as the database has it, or 0.
  std::uint32_t mode = 0;     ///< Permission bits; 0 of a missing one.
  std::int64_t mtime_ns = 0;  ///< Since 1970; 0 of a missing one.
  std::string content_hash;   ///< 64 hex digits; empty unless present.
  std::string link;           ///< Where a symlink points to.
};

struct ListFilesOptions {
  std::string snapshot = "latest";  ///< As in RestoreOptions.
  std::string source;
};

struct ListedFiles {
  std::string snapshot;
  std::uint64_t files = 0;  ///< Present ones.
  std::uint64_t bytes = 0;
  std::uint64_t links = 0;
  std::uint64_t missing = 0;
  std::uint64_t missing_bytes = 0;
};

/// Hands the attachment files of one snapshot to `on_file`, in the bytewise order of their paths,
/// without ever holding more than a few; returns what they come to. Throws usage, not_found,
/// wrong_key, corrupt (names the container), storage, cancelled.
[[nodiscard]] ListedFiles list_files(const Run& run, const ListFilesOptions& options,
                                     const UnlockSource& unlock,
                                     const std::function<void(const SnapshotFile&)>& on_file);

}  // namespace valise
