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

}  // namespace

// A backup counts if there is no finding on it: one that is damaged is none. Sources of revoked
// devices cannot be backed up any more, and are not waited for.
void check_overdue(AuditBook& book, std::uint64_t max_age_seconds) {
  struct Newest {
    bool listed = false;
    bool live = false;
    std::optional<UnixSeconds> sound;
  };
  std::vector<Newest> newest(book.sources.size());
  for (const BookedBackup& backup : book.backups) {
    if (!backup.listed() || !book.certified(backup)) continue;
    Newest& of = newest[backup.source];
    of.listed = true;
    of.live = of.live || !book.devices[backup.device].device->revoked;
    if (backup.findings != 0 || !backup.present || backup.time > book.now + kClockSlackSeconds) {
      continue;
    }
    of.sound = std::max(of.sound.value_or(0), backup.time);
  }
  bool any = false;
  for (std::size_t i = 0; i < newest.size(); ++i) {
    if (!newest[i].listed || !newest[i].live) continue;
    any = true;
    const UnixSeconds age = newest[i].sound ? book.now - std::min(book.now, *newest[i].sound) : 0;
    if (newest[i].sound && age <= max_age_seconds) continue;
    book.overdue[i] = true;
    const std::string object = "source " + hex(book.sources[i]);
    book.find("overdue", Severity::error, object,
              newest[i].sound
                  ? fmt::format(
                        "{}: its newest backup is of {}, {} ago; no more than {} were asked "
                        "for",
                        object, rfc3339(*newest[i].sound), age_text(age), age_text(max_age_seconds))
                  : object + ": it has no backup that counts");
  }
  if (!any) {
    book.find("overdue", Severity::error, "vault",
              "vault: no device that is not revoked has a backup in it");
  }
}

}  // namespace valise
