#include "ops/scrub_objects.hpp"

#include "base/cursor.hpp"
#include "base/error.hpp"
#include "base/hex.hpp"
#include "crypto/hash.hpp"
#include "format/drill.hpp"
#include "format/key_file.hpp"
#include "format/media_pack.hpp"
#include "format/slot.hpp"
#include "vault/container_reader.hpp"
#include "vault/device_log.hpp"
#include "vault/object_names.hpp"

namespace valise {
namespace {

ScrubFinding finding(const ObjectInfo& object, std::string kind, std::string problem, bool error) {
  return {object.name, std::move(kind), std::move(problem), error, false};
}

// The first entry but `carried` that claims the container's id: there is nothing to restore by it.
std::optional<ScrubFinding> empty_claim(const std::vector<LoggedBackup>& claims,
                                        const ContainerReader& container) {
  for (const LoggedBackup& claim : claims) {
    const Entry& entry = claim.entry;
    if (entry.bytes == container.entry().bytes) continue;
    const ObjectName name = entry_object(entry.header.signer, entry.header.seq);
    return ScrubFinding{name, "empty-claim",
                        name + ": it claims the id of " + container.object() +
                            ", which carries another entry of the log; no backup goes by it",
                        false, false};
  }
  return std::nullopt;
}

/// A container whose entry is none of those that claim its id. Where a sound entry names its own,
/// the fault is with the one that stands in its place in the log.
std::optional<ScrubFinding> disowned(const Vault& vault, const LoggedObjects& logged,
                                     const ObjectInfo& object,
                                     const std::vector<LoggedBackup>& claims,
                                     const ContainerReader& container) {
  const bool named = logged.named.contains(container.entry().id);
  const EntryHeader& header = container.entry().header;
  bool own = false;
  for (const LoggedBackup& claim : claims) {
    if (claim.entry.header.signer != header.signer) continue;
    own = true;
    if (!named || claim.entry.header.seq != header.seq) continue;
    const ObjectName name = entry_object(header.signer, header.seq);
    return ScrubFinding{name, "damaged",
                        name + ": it is not the entry that others name: " + container.object() +
                            " holds that one, so that it cannot be restored",
                        true, false};
  }
  if (named) return unlogged_container(vault, logged, object, container.backup().bid);
  if (own || !logged.live.contains(header.signer)) {
    throw Error(ErrorKind::corrupt,
                container.object() + ": its header is not the one that the log holds");
  }
  // Whoever claims the id of another device's backup before its entry stands, or when it was lost,
  // must not have a sound container moved.
  const EntryHeader& other = claims.front().entry.header;
  return ScrubFinding{container.object(), "claimed",
                      container.object() + ": its entry is not in the log, and " +
                          entry_object(other.signer, other.seq) +
                          " of another device claims its id",
                      true, false};
}

std::optional<ScrubFinding> check_container(const Vault& vault, const LoggedObjects& logged,
                                            const ObjectInfo& object, const Bytes16& bid,
                                            const std::function<void(std::uint64_t)>& on_bytes) {
  const ContainerReader container = ContainerReader::open(vault, bid);
  container.check_all(on_bytes);
  const auto claims = logged.backups.find(bid);
  if (claims == logged.backups.end()) return unlogged_container(vault, logged, object, bid);
  if (logged.claim_of(container.entry()) != nullptr) {
    return empty_claim(claims->second, container);
  }
  return disowned(vault, logged, object, claims->second, container);
}

void check_pack(const Vault& vault, const ObjectInfo& object, const Bytes32& id,
                const std::function<void(std::uint64_t)>& on_bytes) {
  Bytes magic(std::min<std::uint64_t>(object.size, kMediaPackMagic.size()));
  vault.storage().read(object.name, 0, magic);
  if (text_of(magic) != kMediaPackMagic) {
    throw Error(ErrorKind::corrupt,
                object.name + ": it does not start as a media pack of this version does");
  }
  BulkHasher hasher("VL1.media.id");
  Bytes buffer(1 << 20);
  for (std::uint64_t at = 0; at < object.size;) {
    const auto count =
        static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), object.size - at));
    const MutableByteSpan part = MutableByteSpan(buffer).first(count);
    vault.storage().read(object.name, at, part);
    hasher.update(part);
    at += count;
    on_bytes(count);
  }
  if (hasher.finish() != id) {
    throw Error(ErrorKind::corrupt, object.name + ": its content is not what its name says");
  }
}

void check_key_file(const Vault& vault, const ObjectInfo& object) {
  const Bytes bytes = read_object(vault.storage(), object.name, 4096);
  if (key_file_root_pk(bytes, object.name) != vault.root_pk()) {
    throw Error(ErrorKind::corrupt, object.name + ": it belongs to another vault");
  }
}

bool is_drill_of(const Vault& vault, const LoggedObjects& logged, const Entry& entry,
                 const ObjectInfo& object, ByteSpan bytes, const DrillAt& at) {
  const auto& backup = *entry.as<BackupPayload>();
  const auto policy = logged.policies.find(backup.policy);
  if (policy == logged.policies.end() || at.slot > policy->second.size() ||
      at.slot >= backup.slots.size()) {
    return false;
  }
  const Agent& agent = policy->second[at.slot - 1U];
  const Drill drill = parse_drill(bytes, agent.sign_pk, object.name);
  return drill.entry_id == at.entry_id && drill.slot == at.slot && drill.vault_id == vault.id() &&
         drill_fits(drill, slot_proof(backup.slots[at.slot]));
}

void check_drill(const Vault& vault, const LoggedObjects& logged, const ObjectInfo& object,
                 const DrillAt& at) {
  const Bytes bytes = read_object(vault.storage(), object.name, kDrillBytes);
  for (const auto& [bid, claims] : logged.backups) {
    for (const LoggedBackup& claim : claims) {
      if (claim.entry.id != at.entry_id) continue;
      if (is_drill_of(vault, logged, claim.entry, object, bytes, at)) return;
    }
  }
  throw Error(ErrorKind::corrupt, object.name + ": it is no drill of a backup in the log");
}

// A scrub found the entry damaged and moved it: the container is what is left of a backup.
bool was_set_aside(const LoggedObjects& logged, const ObjectName& entry) {
  const ObjectName aside = set_aside_name(entry, 1);
  const auto found = logged.set_aside.lower_bound(aside);
  return found != logged.set_aside.end() && found->starts_with(aside);
}

}  // namespace

std::optional<ScrubFinding> unlogged_container(const Vault& vault, const LoggedObjects& logged,
                                               const ObjectInfo& object, const Bytes16& bid) {
  const ContainerReader container = ContainerReader::open(vault, bid);
  const EntryHeader header = container.entry().header;
  const ObjectName entry = entry_object(header.signer, header.seq);
  bool lost = logged.named.contains(container.entry().id);
  try {
    const Entry found = read_entry(vault, header.signer, header.seq);
    const auto* backup = found.as<BackupPayload>();
    // A run that has ended since, or a device that was never enrolled, which is a finding already.
    if (backup != nullptr && backup->bid == bid) return std::nullopt;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::not_found && error.kind() != ErrorKind::corrupt) throw;
    // The owner has seen it, or a later one.
    const auto head = logged.heads.find(header.signer);
    lost = lost || (head != logged.heads.end() && head->second >= header.seq);
    // Without a later entry this is what a run leaves that was cut short.
    lost = lost || error.kind() == ErrorKind::corrupt || was_set_aside(logged, entry) ||
           highest_signed_seq(vault, header.signer) > header.seq;
  }
  if (!lost) {
    return finding(object, "orphan",
                   object.name + ": no entry of the log names it (a run was cut short); harmless",
                   false);
  }
  return finding(
      object, "unlogged",
      object.name + ": its entry " + entry +
          " is missing, damaged or replaced, so that it cannot be restored; a copy of the "
          "entry stands at the container's end",
      true);
}

std::optional<ScrubFinding> check_object(const Vault& vault, const LoggedObjects& logged,
                                         const ObjectInfo& object,
                                         const std::function<void(std::uint64_t bytes)>& on_bytes) {
  const ObjectName& name = object.name;
  try {
    if (const auto bid = container_bid_of(name)) {
      return check_container(vault, logged, object, *bid, on_bytes);
    }
    if (const auto id = pack_id_of(name)) {
      check_pack(vault, object, *id, on_bytes);
      return std::nullopt;
    }
    on_bytes(object.size);
    if (key_number_of(name)) {
      check_key_file(vault, object);
    } else if (const auto drill = drill_at(name)) {
      check_drill(vault, logged, object, *drill);
    } else if (!entry_at(name) && name != kVaultObject) {
      return finding(object, "unknown", name + ": it is not an object of a vault", false);
    }
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::storage || error.kind() == ErrorKind::cancelled) throw;
    // A run that is under way may take back a container that no entry names yet.
    const auto bid = container_bid_of(name);
    if (bid && !logged.backups.contains(*bid) && !vault.storage().size(name)) return std::nullopt;
    return finding(object, "damaged", error.what(), true);
  }
  return std::nullopt;
}

}  // namespace valise
