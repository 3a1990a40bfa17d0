#include <fmt/format.h>

#include <algorithm>

#include "base/clock.hpp"
#include "base/hex.hpp"
#include "ops/audit_index.hpp"

namespace valise {
namespace {

constexpr UnixSeconds kSecondsOfADay = 24 * 3600;

std::string age_text(UnixSeconds seconds) {
  return seconds < 2 * kSecondsOfADay ? fmt::format("{} hours", seconds / 3600)
                                      : fmt::format("{} days", seconds / kSecondsOfADay);
}

UnixSeconds age_of(UnixSeconds time, UnixSeconds now) { return now - std::min(now, time); }

// What the logs tell of a source.
struct NewestBackups {
  bool live = false;    ///< A device that is not revoked backs it up.
  bool nights = false;  ///< Not all of them are copies of snapshots.
  bool listed = false;
  std::optional<UnixSeconds> sound;   ///< That counts.
  std::optional<UnixSeconds> pruned;  ///< Gone, as a PRUNE entry names it.
};

void keep_newest(std::optional<UnixSeconds>& newest, UnixSeconds time) {
  newest = std::max(newest.value_or(0), time);
}

// A backup counts if there is no finding on it: one that is damaged is none.
std::vector<NewestBackups> newest_of_sources(const AuditBook& book) {
  std::vector<NewestBackups> newest(book.sources.size());
  for (const BookedBackup& backup : book.backups) {
    if (!book.certified(backup)) continue;
    NewestBackups& of = newest[backup.source];
    of.live = of.live || !book.devices[backup.device].device->revoked;
    of.nights = of.nights || !backup.copy;
    of.listed = of.listed || backup.listed();
    if (backup.time > book.now + kClockSlackSeconds) continue;
    if (!backup.listed()) {
      keep_newest(of.pruned, backup.time);
    } else if (!backup.flawed() && backup.present) {
      keep_newest(of.sound, backup.time);
    }
  }
  return newest;
}

// Why this source is overdue; nothing where it is not. Of one whose backups were all pruned the
// newest of those decides: its owner still counts on backups of it.
std::optional<std::string> overdue_reason(const NewestBackups& of, UnixSeconds now,
                                          std::uint64_t max_age_seconds) {
  const bool all_pruned = !of.listed && of.pruned.has_value();
  const std::optional<UnixSeconds>& newest = all_pruned ? of.pruned : of.sound;
  if (!newest) return "it has no backup that counts";
  const UnixSeconds age = age_of(*newest, now);
  if (age <= max_age_seconds) return std::nullopt;
  return fmt::format(
      "{} {}, {} ago; no more than {} were asked for",
      all_pruned ? "all its backups were pruned, and the newest was of" : "its newest backup is of",
      rfc3339(*newest), age_text(age), age_text(max_age_seconds));
}

}  // namespace

// Sources of revoked devices cannot be backed up any more, and are not waited for.
void check_overdue(AuditBook& book, std::uint64_t max_age_seconds) {
  const std::vector<NewestBackups> newest = newest_of_sources(book);
  bool any = false;
  std::optional<UnixSeconds> newest_copy;
  for (std::size_t i = 0; i < newest.size(); ++i) {
    if (!newest[i].live) continue;
    if (!newest[i].nights) {
      if (newest[i].sound) keep_newest(newest_copy, *newest[i].sound);
      continue;
    }
    any = true;
    const auto reason = overdue_reason(newest[i], book.now, max_age_seconds);
    if (!reason) continue;
    book.overdue[i] = true;
    const BookedSource& source = book.sources[i];
    const std::string object = "source " + hex(source.id);
    book.find(
        "overdue", Severity::error, object,
        fmt::format("{} of \"{}\": {}", object, book.devices[source.device].device->name, *reason));
  }
  if (any) return;
  // A vault that gets copies only is as old as the last of them.
  if (newest_copy && age_of(*newest_copy, book.now) <= max_age_seconds) return;
  book.find("overdue", Severity::error, "vault",
            newest_copy
                ? fmt::format("vault: it holds copies only, and the newest was made on {}, {} ago",
                              rfc3339(*newest_copy), age_text(age_of(*newest_copy, book.now)))
                : "vault: no device that is not revoked has a backup in it");
}

}  // namespace valise
