#include "ops/log_doubts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/error.hpp"
#include "base/hex.hpp"
#include "ops/enrolment.hpp"
#include "state/credential.hpp"
#include "state/state.hpp"
#include "vault/object_names.hpp"

namespace valise {
namespace {

const Entry* entry_of_number(const DeviceLog& log, std::uint64_t seq) {
  for (const Entry& entry : log.entries) {
    if (entry.header.seq == seq) return &entry;
  }
  return nullptr;
}

void hold_own(const VaultView& view, const Device& device, const DeviceLog& log, const Run& run,
              std::vector<std::string>& doubts) {
  const std::optional<Credential> credential = known_credential(run, view.vault.id());
  if (!credential || credential->signing_key().public_key() != device.pk) return;
  const Checkpoint& own = credential->own;
  const Entry* last = entry_of_number(log, own.seq);
  if (last != nullptr && last->id != own.entry_id) {
    doubts.push_back(fmt::format(
        "{}: it is not the entry that this device signed, which is {}; a copy of its credential "
        "may be in use on another machine",
        entry_object(device.pk, own.seq), hex(own.entry_id)));
  }
  if (log.entries.empty()) return;
  const Entry& end = log.entries.back();
  if (auto beyond = beyond_own_memory(*credential, {end.header.seq, end.id},
                                      pending_of(run, view.vault, *credential))) {
    doubts.push_back(std::move(*beyond));
  }
}

}  // namespace

std::optional<Bytes> pending_of(const Run& run, const Vault& vault, const Credential& credential) {
  try {
    const std::optional<State> state =
        State::look(run.places.state_dir, vault.id(), credential.secret.view());
    return state ? state->pending_entry() : std::nullopt;
  } catch (const Error&) {
    return std::nullopt;  // A state that is damaged or in use knows nothing.
  }
}

std::optional<std::string> beyond_own_memory(const Credential& credential, const LogHead& end,
                                             const std::optional<Bytes>& pending) {
  const std::uint64_t own = credential.own.seq;
  if (end.seq <= own) return std::nullopt;
  const Checkpoint& announced = credential.announced;
  if (end.seq == own + 1 && announced == Checkpoint{end.seq, end.entry_id}) return std::nullopt;
  if (end.seq == own + 1 && pending) {
    const ByteSpan body = ByteSpan(*pending).first(
        pending->size() - std::min<std::size_t>(pending->size(), kSignatureBytes));
    if (entry_id_of(body) == end.entry_id) return std::nullopt;
  }
  return fmt::format(
      "{}: this device's log goes on after entry {}, the last that this device remembers: either "
      "its credential was put back from an older backup, or a copy of it is in use on another "
      "machine",
      entry_object(credential.signing_key().public_key(), end.seq), own);
}

std::string copy_at_large(const Credential& credential) {
  return fmt::format(
      "; if a copy may be at large, revoke the device with \"valise key revoke-device {} "
      "--last-good SNAPSHOT\" (the last backup that is surely its own), then enrol this one anew "
      "with \"valise key add-device\"",
      hex(credential.signing_key().public_key()).substr(0, 16));
}

std::vector<std::string> log_doubts(const VaultView& view, const Device& device,
                                    const DeviceLog& log, const Run& run) {
  std::vector<std::string> doubts;
  std::set<std::uint64_t> told;
  for (const Entry& policy : view.roots.policies()) {
    for (const DeviceHead& head : policy.as<PolicyPayload>()->devices) {
      if (head.device_pk != device.pk) continue;
      const Entry* standing = entry_of_number(log, head.seq);
      if (standing == nullptr || standing->id == head.entry_id) continue;
      if (!told.insert(head.seq).second) continue;
      doubts.push_back(fmt::format("{}: it is not the entry that the owner's policy names, {}",
                                   entry_object(device.pk, head.seq), hex(head.entry_id)));
    }
  }
  hold_own(view, device, log, run, doubts);
  return doubts;
}

std::vector<Entry> carried_entries(const Vault& vault, const Device& device,
                                   const std::function<bool(const Bytes16&)>& wanted) {
  std::vector<Entry> carried;
  for (const ObjectInfo& object : vault.storage().list(kBackupsFolder)) {
    const auto bid = container_bid_of(object.name);
    if (!bid || !wanted(*bid)) continue;
    try {
      Entry entry = ContainerReader::open(vault, *bid).entry();
      if (entry.header.vault_id == vault.id() && entry.header.signer == device.pk) {
        carried.push_back(std::move(entry));
      }
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::storage) throw;
    }
  }
  return carried;
}

std::vector<Entry> carried_beside(const VaultView& view, const Device& device,
                                  const DeviceLog& log) {
  // What an entry of any log names is left out: only few are to be opened.
  std::set<Bytes16> logged;
  for (const Snapshot& snapshot : view.index.all()) logged.insert(snapshot.backup().bid);
  for (const Entry& entry : log.entries) {
    if (const auto* backup = entry.as<BackupPayload>()) logged.insert(backup->bid);
  }
  std::vector<Entry> carried = carried_entries(
      view.vault, device, [&](const Bytes16& bid) { return !logged.contains(bid); });
  std::erase_if(carried, [&](const Entry& entry) {
    return entry_of_number(log, entry.header.seq) == nullptr;
  });
  return carried;
}

}  // namespace valise
