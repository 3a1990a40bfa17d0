#include <fmt/format.h>

#include <algorithm>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/hex.hpp"
#include "ops/audit_checks.hpp"
#include "vault/container_reader.hpp"

namespace valise {
namespace {

// Where a whole log is gone, its last containers are told by their number. Anybody who can write to
// the storage can fill it with junk, which must not hide what a device of the owner's signed: each
// has its own limit.
constexpr std::size_t kSignedToldMax = 1000;
constexpr std::size_t kJunkToldMax = 20;

std::string openers(const AuditBook& book, const Bytes32& policy_id) {
  const Entry* policy = book.roots.find_policy(policy_id);
  if (policy == nullptr) return "under a policy that the owner never signed";
  const auto& agents = policy->as<PolicyPayload>()->agents;
  if (agents.empty()) return "for the owner alone";
  std::string names;
  for (const Agent& agent : agents) names += (names.empty() ? "" : ", ") + agent.name;
  return fmt::format("for the owner, or {} of {}", policy->as<PolicyPayload>()->k, names);
}

// Who names the entry at a container's end, in words: then it did stand in the log. Empty where
// nobody does.
std::string namer_of(const AuditBook& book, const Entry& entry) {
  for (const HeldEntry& line : book.held) {
    if (line.id == entry.id) return line.named;
  }
  for (const BookedDevice& device : book.devices) {
    const auto& revoked = device.device->revoked;
    if (revoked && revoked->last_good == entry.id) return "the owner names it as the last good one";
  }
  const auto& lost = book.lost_entries;
  if (std::find(lost.begin(), lost.end(), entry.id) != lost.end()) {
    return "the entry after it names it";
  }
  for (const auto& [index, parent] : book.parents) {
    const BookedBackup& child = book.backups[index];
    if (parent == entry.id && book.certified(child) && !child.has(RowFinding::revoked)) {
      return "backup " + hex(child.bid) + " builds on it";
    }
  }
  return "";
}

// Errors begin with the object's name, which stands in the sentence already.
std::string after_name(std::string problem, const ObjectName& name) {
  const std::string head = name + ": ";
  return problem.starts_with(head) ? problem.substr(head.size()) : problem;
}

BookIndex certified_index(const AuditBook& book, const Bytes32& signer) {
  const auto device = std::find_if(
      book.devices.begin(), book.devices.end(),
      [&](const BookedDevice& one) { return one.certified && one.device->pk == signer; });
  return device == book.devices.end() ? kNoIndex
                                      : static_cast<BookIndex>(device - book.devices.begin());
}

struct UnloggedLine {
  std::string sentence;
  Severity severity = Severity::warning;
};

/// Containers that no entry names, of one kind.
struct Unlogged {
  std::size_t told_max;
  const char* more;  // What those are that are only counted.
  std::vector<std::pair<ObjectName, UnloggedLine>> told = {};
  std::size_t count = 0;

  template <typename Line>
  void add(const ObjectName& name, Line line) {
    if (++count <= told_max) told.emplace_back(name, line());
  }
  void tell(AuditBook& book) const {
    for (const auto& [name, line] : told) {
      book.find("unlogged", line.severity, name, line.sentence);
    }
    if (count <= told_max) return;
    book.find("unlogged", Severity::warning, kBackupsFolder,
              fmt::format("{}: {} more containers{} are named by no entry of the log",
                          kBackupsFolder, count - told_max, more));
  }
};

// A run that was cut short leaves a container without an entry; so does who takes entries away.
UnloggedLine signed_line(const AuditBook& book, const ObjectName& name, const Entry& entry,
                         BookIndex index) {
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
  const std::string namer = namer_of(book, entry);
  return {fmt::format("{}: no entry of the log names it; the device \"{}\" signed it as number "
                      "{}{} on {}, {}. {}",
                      name, book.devices[index].device->name, entry.header.seq, also,
                      rfc3339(entry.header.time), openers(book, entry.as<BackupPayload>()->policy),
                      namer.empty() ? "A run that was cut short leaves one, and so does who takes "
                                      "entries out of the log"
                                    : "Its entry was in the log and is there no more: " + namer),
          namer.empty() ? Severity::warning : Severity::error};
}

}  // namespace

void check_unlogged(AuditBook& book, const AuditListing& listing) {
  std::vector<Bytes16> logged;
  for (const BookedBackup& backup : book.backups) {
    // An uncertified entry that names a container of somebody else hides nothing.
    const bool own = backup.present && !backup.has(RowFinding::damaged);
    if (own || book.certified(backup)) logged.push_back(backup.bid);
  }
  std::sort(logged.begin(), logged.end());
  Unlogged of_devices{kSignedToldMax, " that the owner's devices signed"};
  Unlogged junk{kJunkToldMax, ""};
  for (const AuditListing::Container& container : listing.containers) {
    if (std::binary_search(logged.begin(), logged.end(), container.bid)) continue;
    const ObjectName name = container_object(container.bid);
    try {
      const Entry entry = ContainerReader::open(book.vault, container.bid).entry();
      const BookIndex device = certified_index(book, entry.header.signer);
      if (device != kNoIndex) {
        of_devices.add(name, [&] { return signed_line(book, name, entry, device); });
      } else {
        junk.add(name, [&] {
          return UnloggedLine{
              name + ": no entry of the log names it, and no device of the owner's made it"};
        });
      }
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::storage) throw;
      junk.add(name, [&] {
        return UnloggedLine{name + ": no entry of the log names it; " +
                            after_name(error.what(), name)};
      });
    }
  }
  of_devices.tell(book);
  junk.tell(book);
}

}  // namespace valise
