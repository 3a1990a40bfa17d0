#include "vault/device_log.hpp"

#include <limits>

#include "vault/object_names.hpp"

namespace valise {

GoodEntries::GoodEntries(const Device& device) : device_(device), unbroken_(device.start()) {
  if (device.revoked && device.revoked->last_good == device.entry.id) found_ = 0;
}

void GoodEntries::take(const Entry& entry) {
  const EntryHeader& header = entry.header;
  if (!broken_ && header.seq == unbroken_.seq + 1 && header.prev == unbroken_.entry_id) {
    unbroken_ = {header.seq, entry.id};
  } else {
    broken_ = true;
  }
  if (device_.revoked && !found_) {
    const Bytes32& last_good = device_.revoked->last_good;
    if (entry.id == last_good) {
      found_ = header.seq;
    } else if (header.prev == last_good) {
      // The entry itself is gone or damaged, and this one still names it.
      found_ = before_;
    }
  }
  before_ = header.seq;
}

std::uint64_t GoodEntries::last_seq() const noexcept {
  if (!device_.revoked) return std::numeric_limits<std::uint64_t>::max();
  return found_.value_or(unbroken_.seq);
}

std::optional<LogProblem> GoodEntries::problem() const {
  if (!device_.revoked || found_) return std::nullopt;
  return LogProblem{"rollback", log_folder(device_.pk),
                    log_folder(device_.pk) + ": the log of the revoked device \"" + device_.name +
                        "\" no longer holds the last good entry that the owner named"};
}

DeviceLog read_device_log(const Vault& vault, const Device& device) {
  DeviceLog log;
  GoodEntries good(device);
  walk_log(
      vault, device.pk, device.start(),
      [&](Entry entry) {
        good.take(entry);
        log.entries.push_back(std::move(entry));
      },
      [&](LogProblem problem) { log.problems.push_back(std::move(problem)); });
  if (auto problem = good.problem()) log.problems.push_back(std::move(*problem));
  for (const Entry& entry : log.entries) {
    if (entry.header.seq > good.last_seq()) break;
    ++log.good;
  }
  return log;
}

}  // namespace valise
