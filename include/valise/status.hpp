#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "valise/run.hpp"

namespace valise {

/// What this device noted of a run of its own.
struct RunNote {
  UnixSeconds time = 0;
  bool ok = false;
  std::uint64_t count = 0;  ///< Of sources, snapshots or objects.
  std::string text;         ///< What was wrong.
};

struct StatusOptions {
  std::optional<std::uint64_t> max_age_seconds;  ///< Older is overdue; absent: nothing is.
};

/// One source of this device.
struct SourceStatus {
  std::string source;               ///< Its id.
  std::optional<std::string> name;  ///< Where this device remembers it.
  std::string snapshot;             ///< The newest.
  UnixSeconds time = 0;             ///< When it was signed.
  std::optional<std::uint64_t> messages;
  bool present = false;  ///< The containers that it needs are there, as long as they were.
  bool damaged = false;  ///< A scrub found one of them damaged.
  bool nightly = true;   ///< False for one that is not backed up here any more.
  bool overdue = false;
  std::optional<RunNote>
      verified;  ///< By this device; the newest run that had one of its snapshots.
};

struct StatusReport {
  std::vector<SourceStatus> sources;  ///< Copies made by `copy` are not counted.
  std::optional<RunNote> last_run;    ///< Of `backup` on this device, as far as it was noted.
  std::optional<RunNote> scrubbed;    ///< By this device.
  bool overdue = false;               ///< A source is, or there is no backup at all.
  [[nodiscard]] bool failed() const noexcept { return last_run && !last_run->ok; }
};

/// When each source of this device was last backed up, verified and scrubbed. Needs no key and no
/// lock, and writes nothing. Throws not_found (no vault; this device is not enrolled), corrupt (the
/// owner's log), storage.
[[nodiscard]] StatusReport status(const Run& run, const StatusOptions& options);

}  // namespace valise
