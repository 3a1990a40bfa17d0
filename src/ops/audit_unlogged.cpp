#include <fmt/format.h>

#include <algorithm>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/hex.hpp"
#include "ops/audit_checks.hpp"
#include "vault/container_reader.hpp"

namespace valise {
namespace {

// Where a whole log is gone, its containers are told by their number.
constexpr std::size_t kUnloggedToldMax = 20;

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
      std::find_if(book.devices.begin(), book.devices.end(), [&](const BookedDevice& one) {
        return one.certified && one.device->pk == entry.header.signer;
      });
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

void check_unlogged(AuditBook& book, const AuditListing& listing) {
  std::vector<Bytes16> logged;
  for (const BookedBackup& backup : book.backups) {
    // An uncertified entry that names a container of somebody else hides nothing.
    const bool own = backup.present && !backup.has(RowFinding::damaged);
    if (own || book.certified(backup)) logged.push_back(backup.bid);
  }
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
