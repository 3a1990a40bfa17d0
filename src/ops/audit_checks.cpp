#include "ops/audit_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/clock.hpp"
#include "base/hex.hpp"
#include "ops/audit_index.hpp"

namespace valise {
namespace {

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
    } else {
      backup.parent = *own;
    }
  }
}

void check_duplicates(AuditBook& book, const BackupIndex<Bytes16>& by_bid) {
  // Who is not certified can claim any id: that makes no doubt of those who are.
  std::vector<BookIndex> order;
  for (const BookIndex i : by_bid.order()) {
    if (book.certified(book.backups[i])) order.push_back(i);
  }
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

// A source's id comes from a secret that only its device holds. Who is not certified can claim any.
void check_sources(AuditBook& book) {
  std::map<Bytes16, std::vector<BookIndex>> claims;
  for (const BookedSource& source : book.sources) {
    if (book.devices[source.device].certified) claims[source.id].push_back(source.device);
  }
  for (const auto& [id, devices] : claims) {
    if (devices.size() < 2) continue;
    std::string names;
    for (const BookIndex device : devices) {
      names += (names.empty() ? "\"" : ", \"") + book.devices[device].device->name + "\"";
    }
    const std::string object = "source " + hex(id);
    book.find("source", Severity::error, object,
              fmt::format("{}: {} devices claim it, and only one can have made its id: {}", object,
                          devices.size(), names));
  }
}

void check_missing(AuditBook& book) {
  for (BookedBackup& backup : book.backups) {
    if (backup.present || backup.pruned || backup.has(RowFinding::damaged)) continue;
    if (!book.certified(backup)) {
      backup.mark(RowFinding::missing);
      continue;
    }
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
    // A drill on an uncertified one is refused.
    if (!book.certified(backup) || backup.time < use.newest_time) continue;
    use.newest_time = backup.time;
    use.newest = hex(backup.bid);
  }
  for (std::size_t i = 0; i < uses.size(); ++i) {
    const PolicyPayload* policy = book.policies[i].payload();
    if (policy == nullptr || uses[i].newest.empty()) continue;
    for (std::size_t agent = 0; agent < policy->agents.size(); ++agent) {
      if ((uses[i].drilled >> agent & 1U) != 0) continue;
      const std::string object = "policy " + hex(book.policies[i].id);
      book.find(
          "undrilled", Severity::warning, object,
          fmt::format("{}: the agent \"{}\" has never proven that it can open {} under this "
                      "policy of {}; let it run \"valise escrow drill {}\"",
                      object, policy->agents[agent].name,
                      uses[i].backups == 1 ? "the one backup"
                                           : fmt::format("any of the {} backups", uses[i].backups),
                      rfc3339(book.policies[i].entry->header.time), uses[i].newest.substr(0, 8)));
    }
  }
}

}  // namespace

void check_book(AuditBook& book, const AuditOptions& options) {
  check_held(book);
  check_parents(book);
  const BackupIndex<Bytes16> by_bid(book, &BookedBackup::bid);
  check_duplicates(book, by_bid);
  check_sources(book);
  check_superseded(book);
  check_prunes(book, by_bid);
  check_keep_days(book);
  check_missing(book);
  check_packs(book);
  check_chains(book);
  check_undrilled(book);
  book.overdue.assign(book.sources.size(), false);
  if (options.max_age_seconds) check_overdue(book, *options.max_age_seconds);
}

}  // namespace valise
