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
  /// The media packs that those containers name are there too. As long as they were, where this
  /// device wrote them: nobody else tells their length without a key.
  bool packs_present = false;
  /// A scrub found one of these objects damaged, or one of the containers does not carry the entry
  /// that the log holds for it.
  bool damaged = false;
  bool nightly = true;  ///< False for one that is not backed up here any more.
  bool overdue = false;
  /// Its last run here ended with partial (exit status 3): the backup stands, and lacks attachments
  /// as they were, or has them as an earlier one did. As far as it was noted.
  bool incomplete = false;
  std::uint64_t files_not_taken = 0;  ///< Of that run.
  std::optional<RunNote>
      verified;  ///< By this device; the newest run that had one of its snapshots.
  [[nodiscard]] bool verify_failed() const noexcept { return verified && !verified->ok; }
  /// The newest snapshot can be restored as far as can be told without a key, and no check of this
  /// device said otherwise at its last time.
  [[nodiscard]] bool sound() const noexcept {
    return present && packs_present && !damaged && !verify_failed();
  }
};

struct StatusReport {
  std::vector<SourceStatus> sources;  ///< Copies made by `copy` are not counted.
  std::optional<RunNote> last_run;    ///< Of `backup` on this device, as far as it was noted.
  std::optional<RunNote> scrubbed;    ///< By this device.
  bool overdue = false;               ///< A source is, or there is no backup at all.
  /// What the vault's logs lack of what this device remembers, and what stands in the owner's log
  /// or its own that nobody signed there: sentences that name an object and the way out.
  std::vector<std::string> log_problems;
  [[nodiscard]] bool failed() const noexcept { return last_run && !last_run->ok; }
  [[nodiscard]] bool scrub_failed() const noexcept { return scrubbed && !scrubbed->ok; }
  /// Nothing of this needs somebody: nothing is overdue, missing or damaged, the logs have all that
  /// this device remembers, and no run and no check failed at its last time. An incomplete night is
  /// told, and is no alarm: a file that cannot be read may stay so for ever.
  [[nodiscard]] bool ok() const noexcept;
};

/// When each source of this device was last backed up, verified and scrubbed. Needs no key and no
/// lock, and writes nothing. Throws not_found (no vault, of which it says whether the last night
/// did not find it either; this device is not enrolled), corrupt (the owner's log), storage.
[[nodiscard]] StatusReport status(const Run& run, const StatusOptions& options);

}  // namespace valise
