// The part of an audit that workers do: entries, and the containers and drills that go with them.

#include "ops/audit_objects.hpp"

#include <algorithm>
#include <map>

#include "base/cursor.hpp"
#include "base/error.hpp"
#include "format/container.hpp"
#include "format/drill.hpp"
#include "format/slot.hpp"
#include "vault/root_chain.hpp"

namespace valise {
namespace {

// Handing over costs more than a small entry: workers get this many at a time.
constexpr std::size_t kBatch = 16;

// The packs that a container names, which stand just before its entry: one read for both. Nothing
// where it carries another entry. Throws Error(corrupt) where the list is not the entry's.
std::optional<std::vector<Bytes32>> refs_before_entry(const Vault& vault, const ObjectName& name,
                                                      const Entry& entry,
                                                      const ContainerLayout& layout) {
  ByteWriter expected;
  expected.bytes(entry.bytes).u32(static_cast<std::uint32_t>(entry.bytes.size()));
  expected.text(kContainerEnd);
  Bytes end(layout.refs_len + expected.size());
  vault.storage().read(name, layout.refs_offset, end);
  const ByteSpan refs = ByteSpan(end).first(layout.refs_len);
  const ByteSpan tail = ByteSpan(end).subspan(layout.refs_len);
  const ByteSpan view = expected.view();
  if (!std::equal(tail.begin(), tail.end(), view.begin(), view.end())) return std::nullopt;
  if (refs.empty()) return std::vector<Bytes32>{};
  if (refs_hash(refs) != entry.as<BackupPayload>()->refs_hash) {
    throw Error(ErrorKind::corrupt, name + ": its list of packs was changed");
  }
  return parse_refs(refs, name);
}

// The id of the entry in a container's tail, where the signer of `entry` signed it under the same
// number: a fork that the log alone does not show.
std::optional<Bytes32> forked_entry(const Vault& vault, const ObjectName& name, const Entry& entry,
                                    std::uint64_t file_len) {
  Bytes tail(static_cast<std::size_t>(std::min<std::uint64_t>(file_len, kContainerTailBytesMax)));
  vault.storage().read(name, file_len - tail.size(), tail);
  try {
    const Entry other = parse_container_tail(tail, file_len, name);
    const bool same_place = other.header.signer == entry.header.signer &&
                            other.header.seq == entry.header.seq &&
                            other.header.vault_id == entry.header.vault_id;
    if (same_place && other.id != entry.id) return other.id;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::storage) throw;
  }
  return std::nullopt;
}

void check_container(const Vault& vault, const AuditListing& listing, const Entry& entry,
                     AuditedEntry& out) {
  const auto& backup = *entry.as<BackupPayload>();
  const ObjectName name = container_object(backup.bid);
  const auto found = std::lower_bound(
      listing.containers.begin(), listing.containers.end(), backup.bid,
      [](const AuditListing::Container& item, const Bytes16& bid) { return item.bid < bid; });
  out.container_present = found != listing.containers.end() && found->bid == backup.bid;
  try {
    const ContainerLayout layout = container_layout(backup, entry.bytes.size(), name);
    out.container_bytes = layout.file_len;
    if (!out.container_present) return;
    if (found->bytes != layout.file_len) {
      out.container_problem = name + " is " + std::to_string(found->bytes) +
                              " bytes long instead of " + std::to_string(layout.file_len);
    } else if (const auto refs = refs_before_entry(vault, name, entry, layout)) {
      out.lost = lost_packs(listing.packs, *refs);
    } else {
      out.container_problem = name + " carries another header than the log holds";
    }
    if (!out.container_problem.empty()) {
      out.container_fork = forked_entry(vault, name, entry, found->bytes);
    }
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::storage) throw;
    out.container_problem = error.what();
  }
}

FoundDrill check_drill(const Vault& vault, const Entry& entry, const Entry& policy,
                       const DrillAt& at) {
  const ObjectName name = drill_object(at.entry_id, at.slot);
  const auto& backup = *entry.as<BackupPayload>();
  FoundDrill found{at.slot, 0, {}};
  try {
    const Agent& agent = policy.as<PolicyPayload>()->agents[at.slot - 1U];
    const Drill drill =
        parse_drill(read_object(vault.storage(), name, kDrillBytes), agent.sign_pk, name);
    if (drill.vault_id != vault.id() || drill.entry_id != at.entry_id || drill.slot != at.slot ||
        !drill_fits(drill, slot_proof(backup.slots[at.slot]))) {
      throw Error(ErrorKind::corrupt, name + ": it does not fit the slot it names");
    }
    found.time = drill.time;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::storage) throw;
    found.problem = error.what();
  }
  return found;
}

void check_drills(const Vault& vault, const AuditListing& listing, const Entry& entry,
                  const RootChain& roots, AuditedEntry& out) {
  const auto& backup = *entry.as<BackupPayload>();
  auto at =
      std::lower_bound(listing.drills.begin(), listing.drills.end(), entry.id,
                       [](const DrillAt& item, const Bytes32& id) { return item.entry_id < id; });
  for (; at != listing.drills.end() && at->entry_id == entry.id; ++at) {
    const Entry* policy = roots.find_policy(backup.policy);
    // Nobody knows whose drill it would be: the backup itself is a finding then.
    if (policy == nullptr || at->slot >= backup.slots.size() ||
        at->slot > policy->as<PolicyPayload>()->agents.size()) {
      continue;
    }
    out.drills.push_back(check_drill(vault, entry, *policy, *at));
  }
}

std::vector<ListedLog> list_logs(const Vault& vault) {
  std::map<Bytes32, std::vector<ListedLog::Object>> by_signer;
  vault.storage().scan(kLogFolder, [&](const ObjectInfo& object) {
    if (const auto at = entry_at(object.name)) {
      by_signer[at->signer].push_back({at->seq, object.size});
    }
  });
  std::vector<ListedLog> logs;
  for (auto& [signer, objects] : by_signer) {
    std::sort(objects.begin(), objects.end(),
              [](const auto& a, const auto& b) { return a.seq < b.seq; });
    logs.push_back({signer, std::move(objects)});
  }
  return logs;
}

}  // namespace

const ListedLog* AuditListing::log_of(const Bytes32& signer) const noexcept {
  for (const ListedLog& log : logs) {
    if (log.signer == signer) return &log;
  }
  return nullptr;
}

AuditListing list_for_audit(const Vault& vault) {
  AuditListing listing;
  // Scanned, not listed: the names alone would take more room than all that is kept of a vault.
  listing.logs = list_logs(vault);
  vault.storage().scan(kBackupsFolder, [&](const ObjectInfo& object) {
    if (const auto bid = container_bid_of(object.name)) {
      listing.containers.push_back({*bid, object.size});
    }
  });
  std::sort(listing.containers.begin(), listing.containers.end(),
            [](const auto& a, const auto& b) { return a.bid < b.bid; });
  // After the containers: whose packs are all there when it stands.
  listing.packs = list_packs(vault);
  vault.storage().scan(kDrillsFolder, [&](const ObjectInfo& object) {
    if (const auto at = drill_at(object.name)) listing.drills.push_back(*at);
  });
  std::sort(listing.drills.begin(), listing.drills.end(), [](const DrillAt& a, const DrillAt& b) {
    return std::tie(a.entry_id, a.slot) < std::tie(b.entry_id, b.slot);
  });
  return listing;
}

void read_log_for_audit(const Vault& vault, const AuditListing& listing, const ListedLog& log,
                        const RootChain& roots, WorkerPool& pool,
                        const std::function<void(AuditedEntry entry)>& on_entry) {
  using Batch = std::vector<AuditedEntry>;
  OrderedPipeline<Batch> pipeline(pool, 4 * pool.thread_count(), [&](Batch batch) {
    for (AuditedEntry& entry : batch) on_entry(std::move(entry));
  });
  for (std::size_t begin = 0; begin < log.objects.size(); begin += kBatch) {
    const std::size_t end = std::min(begin + kBatch, log.objects.size());
    pipeline.submit([&vault, &listing, &log, &roots, begin, end](std::size_t) {
      Batch batch(end - begin);
      for (std::size_t i = begin; i < end; ++i) {
        AuditedEntry& out = batch[i - begin];
        const ListedLog::Object& object = log.objects[i];
        out.read = read_log_entry(vault, log.signer, object.seq, object.bytes);
        if (!out.read.entry || out.read.entry->as<BackupPayload>() == nullptr) continue;
        check_container(vault, listing, *out.read.entry, out);
        check_drills(vault, listing, *out.read.entry, roots, out);
      }
      return batch;
    });
  }
  pipeline.drain();
}

}  // namespace valise
