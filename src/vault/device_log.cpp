#include "vault/device_log.hpp"

#include "vault/object_names.hpp"

namespace valise {
namespace {

// How many entries stand in a row from the device's certificate on.
std::size_t unbroken(const Device& device, const std::vector<Entry>& entries) {
  LogHead head = device.start();
  std::size_t count = 0;
  for (const Entry& entry : entries) {
    if (entry.header.seq != head.seq + 1 || entry.header.prev != head.entry_id) break;
    head = {entry.header.seq, entry.id};
    ++count;
  }
  return count;
}

// How many entries the device signed up to `last_good`; nothing when the log does not tell.
std::optional<std::size_t> up_to(const Bytes32& last_good, const Device& device,
                                 const std::vector<Entry>& entries) {
  if (device.entry.id == last_good) return 0;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (entries[i].id == last_good) return i + 1;
    // The entry itself is gone or damaged, and the next one still names it.
    if (entries[i].header.prev == last_good) return i;
  }
  return std::nullopt;
}

}  // namespace

DeviceLog read_device_log(const Vault& vault, const Device& device) {
  DeviceLog log;
  walk_log(
      vault, device.pk, device.start(),
      [&](Entry entry) { log.entries.push_back(std::move(entry)); },
      [&](LogProblem problem) { log.problems.push_back(std::move(problem)); });
  log.good = log.entries.size();
  if (!device.revoked) return log;
  if (const auto count = up_to(device.revoked->last_good, device, log.entries)) {
    log.good = *count;
    return log;
  }
  log.good = unbroken(device, log.entries);
  log.problems.push_back({"rollback", log_folder(device.pk),
                          log_folder(device.pk) + ": the log of the revoked device \"" +
                              device.name +
                              "\" no longer holds the last good entry that the owner named"});
  return log;
}

}  // namespace valise
