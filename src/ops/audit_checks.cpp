#include "ops/audit_checks.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/hex.hpp"
#include "ops/audit_index.hpp"
#include "vault/container_reader.hpp"

namespace valise {
namespace {

constexpr UnixSeconds kSecondsOfADay = 24 * 3600;
// Where a whole log is gone, its containers are told by their number.
constexpr std::size_t kUnloggedToldMax = 20;

void check_held(AuditBook& book) {
  for (const HeldEntry& line : book.held) {
    if (line.found == line.id) continue;
    if (!line.found) {
      book.find_in_log(line.signer, "rollback", line.object,
                       line.named + ", and the log no longer holds it");
    } else {
      book.find_in_log(line.signer, "fork", line.object,
                       line.named + ", and the log holds " + hex(*line.found) + " there");
    }
  }
}

void check_parents(AuditBook& book) {
  if (book.parents.empty()) return;
  const BackupIndex<Bytes32> by_entry(book, &BookedBackup::entry_id);
  for (const auto& [index, parent_id] : book.parents) {
    BookedBackup& backup = book.backups[index];
    const auto found = by_entry.find(parent_id);
    const auto own = std::find_if(found.begin(), found.end(), [&](BookIndex i) {
      return book.backups[i].device == backup.device && book.backups[i].seq < backup.seq;
    });
    if (own == found.end()) {
      book.find(backup, RowFinding::parent, "the backup it builds on is not in this device's log");
    } else if (book.backups[*own].source != backup.source ||
               book.backups[*own].policy != backup.policy) {
      book.find(backup, RowFinding::parent, "it builds on a backup of another source or policy");
    }
  }
}

void check_duplicates(AuditBook& book, const BackupIndex<Bytes16>& by_bid) {
  const std::vector<BookIndex>& order = by_bid.order();
  for (std::size_t i = 0; i + 1 < order.size(); ++i) {
    for (const std::size_t at : {i, i + 1}) {
      BookedBackup& backup = book.backups[order[at]];
      if (book.backups[order[i]].bid == book.backups[order[i + 1]].bid &&
          !backup.has(RowFinding::duplicate)) {
        book.find(backup, RowFinding::duplicate, "its id is claimed by two entries");
      }
    }
  }
}

void check_missing(AuditBook& book) {
  for (BookedBackup& backup : book.backups) {
    if (backup.present || backup.pruned || backup.has(RowFinding::damaged)) continue;
    book.find(backup, RowFinding::missing, "its container is missing from the vault");
  }
}

void check_undrilled(AuditBook& book) {
  struct Use {
    std::uint64_t backups = 0;
    std::uint16_t drilled = 0;
    std::string newest;
    UnixSeconds newest_time = 0;
  };
  std::vector<Use> uses(book.policies.size());
  for (const BookedBackup& backup : book.backups) {
    Use& use = uses[backup.policy];
    use.drilled = static_cast<std::uint16_t>(use.drilled | backup.drilled);
    if (!backup.listed()) continue;
    ++use.backups;
    if (backup.time < use.newest_time) continue;
    use.newest_time = backup.time;
    use.newest = hex(backup.bid);
  }
  for (std::size_t i = 0; i < uses.size(); ++i) {
    const PolicyPayload* policy = book.policies[i].payload();
    if (policy == nullptr || uses[i].backups == 0) continue;
    for (std::size_t agent = 0; agent < policy->agents.size(); ++agent) {
      if ((uses[i].drilled >> agent & 1U) != 0) continue;
      const std::string object = "policy " + hex(book.policies[i].id);
      book.find(
          "undrilled", Severity::warning, object,
          fmt::format("{}: the agent \"{}\" has never proven that it can open any of the {} "
                      "backups under this policy of {}; let it run \"valise escrow drill "
                      "{}\"",
                      object, policy->agents[agent].name, uses[i].backups,
                      rfc3339(book.policies[i].entry->header.time), uses[i].newest.substr(0, 8)));
    }
  }
}

std::string age_text(UnixSeconds seconds) {
  return seconds < 2 * kSecondsOfADay ? fmt::format("{} hours", seconds / 3600)
                                      : fmt::format("{} days", seconds / kSecondsOfADay);
}

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
    if (!backup.listed()) continue;
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

std::string openers(const AuditBook& book, const Bytes32& policy_id) {
  const Entry* policy = book.roots.find_policy(policy_id);
  if (policy == nullptr) return "under a policy that the owner never signed";
  const auto& agents = policy->as<PolicyPayload>()->agents;
  if (agents.empty()) return "for the owner alone";
  std::string names;
  for (const Agent& agent : agents) names += (names.empty() ? "" : ", ") + agent.name;
  return fmt::format("for the owner, or {} of {}", policy->as<PolicyPayload>()->k, names);
}

// A run that was cut short leaves a container without an entry; so does who takes entries away.
void find_unlogged(AuditBook& book, const ObjectName& name, const Entry& entry) {
  const auto device =
      std::find_if(book.devices.begin(), book.devices.end(),
                   [&](const BookedDevice& one) { return one.device->pk == entry.header.signer; });
  if (device == book.devices.end()) {
    book.find("unlogged", Severity::warning, name,
              name + ": no entry of the log names it, and no device of the owner's made it");
    return;
  }
  const auto index = static_cast<BookIndex>(device - book.devices.begin());
  const auto other =
      std::find_if(book.backups.begin(), book.backups.end(), [&](const BookedBackup& backup) {
        return backup.device == index && backup.seq == entry.header.seq;
      });
  // After a run that was cut short before its state was committed, the next one signs that number
  // again, with another backup: two entries of one number are no proof of a fork here.
  const std::string also =
      other == book.backups.end()
          ? ""
          : fmt::format(" (entry {}; the log holds {} there)", hex(entry.id), hex(other->entry_id));
  book.find(
      "unlogged", Severity::warning, name,
      fmt::format("{}: no entry of the log names it; the device \"{}\" signed it as number "
                  "{}{} on {}, {}. A run that was cut short leaves one, and so does who takes "
                  "entries out of the log",
                  name, device->device->name, entry.header.seq, also, rfc3339(entry.header.time),
                  openers(book, entry.as<BackupPayload>()->policy)));
}

}  // namespace

void check_book(AuditBook& book, const AuditOptions& options) {
  check_held(book);
  check_parents(book);
  const BackupIndex<Bytes16> by_bid(book, &BookedBackup::bid);
  check_duplicates(book, by_bid);
  check_prunes(book, by_bid);
  check_missing(book);
  check_undrilled(book);
  book.overdue.assign(book.sources.size(), false);
  if (options.max_age_seconds) check_overdue(book, *options.max_age_seconds);
}

void check_unlogged(AuditBook& book, const AuditListing& listing) {
  std::vector<Bytes16> logged;
  for (const BookedBackup& backup : book.backups) logged.push_back(backup.bid);
  std::sort(logged.begin(), logged.end());
  std::size_t unlogged = 0;
  for (const AuditListing::Container& container : listing.containers) {
    if (std::binary_search(logged.begin(), logged.end(), container.bid)) continue;
    if (++unlogged > kUnloggedToldMax) continue;
    const ObjectName name = container_object(container.bid);
    try {
      find_unlogged(book, name, ContainerReader::open(book.vault, container.bid).entry());
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::storage) throw;
      book.find("unlogged", Severity::warning, name,
                name + ": no entry of the log names it, and its end cannot be read");
    }
  }
  if (unlogged <= kUnloggedToldMax) return;
  book.find("unlogged", Severity::warning, kBackupsFolder,
            fmt::format("{}: {} more containers are named by no entry of the log", kBackupsFolder,
                        unlogged - kUnloggedToldMax));
}

}  // namespace valise
