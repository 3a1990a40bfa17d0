#include "ops/device_view.hpp"

#include <algorithm>

#include "base/hex.hpp"
#include "ops/enrolment.hpp"
#include "storage/local_storage.hpp"
#include "vault/device_log.hpp"

namespace valise {
namespace {

std::uint64_t refused_backups(const VaultView& view, const Device& device) {
  if (!device.revoked) return 0;
  const DeviceLog log = read_device_log(view.vault, view.roots, device);
  std::uint64_t refused = 0;
  for (std::size_t i = 0; i < log.entries.size(); ++i) {
    if (!log.good(i) && log.entries[i].as<BackupPayload>() != nullptr) ++refused;
  }
  return refused;
}

}  // namespace

DeviceView view_device(const VaultView& view, const Device& device,
                       const std::optional<Bytes32>& own_pk) {
  DeviceView out;
  out.device_id = hex(device.pk);
  out.name = device.name;
  out.enrolled = device.entry.header.time;
  if (device.revoked) out.revoked = device.revoked_at;
  out.self = own_pk == device.pk;
  for (const Snapshot& snapshot : view.index.all()) {
    if (snapshot.device->pk != device.pk) continue;
    ++out.backups;
    out.last_backup = snapshot.time;
  }
  out.refused = refused_backups(view, device);
  return out;
}

std::optional<Bytes32> own_device_key(const Run& run, const Bytes16& vault_id) {
  const std::optional<Credential> credential = known_credential(run, vault_id);
  if (!credential) return std::nullopt;
  return credential->signing_key().public_key();
}

std::vector<DeviceView> list_devices(const Run& run) {
  LocalStorage storage = LocalStorage::open(run.places.vault);
  const std::unique_ptr<VaultView> view = view_vault(storage, run);
  warn_of_problems(run, *view);
  const std::optional<Bytes32> own = own_device_key(run, view->vault.id());
  std::vector<const Device*> devices;
  for (const auto& [pk, device] : view->roots.devices()) devices.push_back(&device);
  std::sort(devices.begin(), devices.end(), [](const Device* a, const Device* b) {
    return a->entry.header.seq < b->entry.header.seq;
  });
  std::vector<DeviceView> views;
  for (const Device* device : devices) views.push_back(view_device(*view, *device, own));
  return views;
}

}  // namespace valise
