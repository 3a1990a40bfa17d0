#include "ops/audit_rows.hpp"

#include <algorithm>
#include <map>

#include "base/hex.hpp"
#include "ops/checkpoint.hpp"

namespace valise {
namespace {

std::vector<BookIndex> row_order(const AuditBook& book) {
  // Ids, and not their numbers in the book: the order of a report does not depend on that of logs.
  std::vector<BookIndex> order;
  for (BookIndex i = 0; i < book.backups.size(); ++i) {
    if (book.backups[i].listed()) order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(), [&](BookIndex a, BookIndex b) {
    const BookedBackup& x = book.backups[a];
    const BookedBackup& y = book.backups[b];
    const BookedSource& of_x = book.sources[x.source];
    const BookedSource& of_y = book.sources[y.source];
    const Bytes32& by_x = book.devices[of_x.device].device->pk;
    const Bytes32& by_y = book.devices[of_y.device].device->pk;
    return std::tie(of_x.id, by_x, x.time) < std::tie(of_y.id, by_y, y.time);
  });
  return order;
}

std::vector<AuditedReader> readers_under(const PolicyPayload& policy) {
  std::vector<AuditedReader> readers;
  for (Reader& reader : readers_of(policy)) readers.push_back({std::move(reader), false, {}});
  return readers;
}

void note_drill(AuditedReader& reader, UnixSeconds time) {
  reader.drilled = true;
  reader.last_drilled = std::max(reader.last_drilled.value_or(0), time);
}

std::vector<AuditedPolicy> policies_of(const AuditBook& book, const std::vector<BookIndex>& order) {
  std::vector<AuditedPolicy> policies;
  for (const BookedPolicy& booked : book.policies) {
    const PolicyPayload* payload = booked.payload();
    if (payload == nullptr) break;  // Those that the owner signed stand first.
    AuditedPolicy policy;
    policy.id = hex(booked.id);
    policy.since = booked.entry->header.time;
    policy.escrow = !payload->agents.empty();
    policy.k = payload->k;
    policy.min_keep_days = payload->min_keep_days;
    policy.readers = readers_under(*payload);
    if (!policies.empty()) policies.back().until = policy.since;
    policies.push_back(std::move(policy));
  }
  for (const BookIndex i : order) {
    if (book.backups[i].policy < policies.size()) ++policies[book.backups[i].policy].backups;
  }
  for (const BookedDrill& drill : book.drills) {
    const BookIndex policy = book.backups[drill.backup].policy;
    note_drill(policies[policy].readers.at(drill.slot), drill.time);
  }
  return policies;
}

std::vector<AuditedDevice> devices_of(const AuditBook& book, const std::vector<BookIndex>& order) {
  std::vector<AuditedDevice> devices;
  for (const BookedDevice& booked : book.devices) {
    const Device& device = *booked.device;
    devices.push_back({hex(device.pk), device.name, device.entry.header.time,
                       device.revoked.has_value(), 0, booked.certified});
  }
  for (const BookIndex i : order) ++devices[book.backups[i].device].backups;
  return devices;
}

// One agent over all policies: who has the same keys and name is the same one.
std::vector<AuditedAgent> agents_of(const AuditBook& book,
                                    const std::vector<AuditedPolicy>& policies) {
  std::vector<AuditedAgent> agents;
  std::map<std::string, std::size_t> by_fingerprint;
  const auto agent_of = [&](const Reader& reader) -> AuditedAgent& {
    const auto [found, fresh] = by_fingerprint.emplace(reader.fingerprint, agents.size());
    if (fresh) agents.push_back({reader.name, reader.fingerprint, {}, 0, 0, {}, {}});
    return agents[found->second];
  };
  for (const AuditedPolicy& policy : policies) {
    for (const AuditedReader& one : policy.readers) {
      if (one.reader.owner) continue;
      AuditedAgent& agent = agent_of(one.reader);
      agent.policies.push_back(policy.id);
      agent.backups += policy.backups;
      if (policy.k == 1) agent.alone += policy.backups;
    }
  }
  for (const BookedDrill& drill : book.drills) {
    const BookedBackup& backup = book.backups[drill.backup];
    AuditedAgent& agent = agent_of(policies[backup.policy].readers.at(drill.slot).reader);
    if (agent.last_drilled && drill.time < *agent.last_drilled) continue;
    agent.last_drilled = drill.time;
    agent.last_drilled_backup = hex(backup.bid);
  }
  return agents;
}

// What is the same in all rows under one policy, filled in beforehand.
struct RowMaker {
  const AuditBook& book;
  const AuditedVault& vault;
  std::vector<BookedDrill> drills;  // By backup.

  [[nodiscard]] AuditedBackup row(BookIndex index) const {
    const BookedBackup& backup = book.backups[index];
    const AuditedDevice& device = vault.devices[backup.device];
    AuditedBackup row;
    row.snapshot = hex(backup.bid);
    row.time = backup.time;
    row.signer = device.signer;
    row.device = device.name;
    row.seq = backup.seq;
    row.source = hex(book.sources[backup.source].id);
    row.full = backup.full;
    row.copy = backup.copy;
    row.escrow = backup.slot_count > 1;
    row.k = backup.k;
    row.policy = hex(book.policies[backup.policy].id);
    row.level = backup.level;
    row.own_slot_rebuilt = backup.own_slot_rebuilt;
    row.present = backup.present;
    row.bytes = backup.bytes;
    for (std::size_t i = 0; i < kRowFindingCount; ++i) {
      const auto finding = static_cast<RowFinding>(i);
      if (backup.has(finding)) row.findings.emplace_back(code_of(finding));
    }
    add_readers(row, index, backup);
    return row;
  }

  void add_readers(AuditedBackup& row, BookIndex index, const BookedBackup& backup) const {
    const BookedPolicy& policy = book.policies[backup.policy];
    if (policy.entry == nullptr) return;
    row.policy_since = policy.entry->header.time;
    row.readers = vault.policies[backup.policy].readers;
    for (AuditedReader& reader : row.readers) {
      reader.drilled = false;
      reader.last_drilled.reset();
    }
    auto drill = std::lower_bound(
        drills.begin(), drills.end(), index,
        [](const BookedDrill& one, BookIndex wanted) { return one.backup < wanted; });
    for (; drill != drills.end() && drill->backup == index; ++drill) {
      note_drill(row.readers.at(drill->slot), drill->time);
    }
  }
};

}  // namespace

AuditOutline outline_of(AuditBook& book) {
  AuditOutline outline;
  outline.order = row_order(book);
  AuditedVault& vault = outline.vault;
  vault.folder = book.vault.storage().describe();
  vault.vault_id = hex(book.vault.id());
  vault.owner = hex(book.vault.root_pk());
  vault.audited_at = book.now;
  for (const BookIndex i : outline.order) {
    ++(book.backups[i].slot_count > 1 ? vault.escrowed : vault.e2ee);
    ++vault.levels.at(book.backups[i].level);
    if (book.backups[i].own_slot_rebuilt) ++vault.own_slots;
    if (book.backups[i].takes_more) ++vault.take_more;
    vault.bytes += book.backups[i].bytes;
  }
  vault.backup_count = outline.order.size();
  for (const BookedBackup& backup : book.backups) {
    if (!backup.listed() && book.certified(backup)) ++vault.pruned;
  }
  vault.policies = policies_of(book, outline.order);
  vault.devices = devices_of(book, outline.order);
  vault.agents = agents_of(book, vault.policies);
  vault.sources = sources_of(book, outline.order);
  vault.checkpoint = checkpoint_of(book);
  std::stable_sort(
      book.findings.begin(), book.findings.end(),
      [](const AuditFinding& a, const AuditFinding& b) { return a.severity > b.severity; });
  for (const AuditFinding& finding : book.findings) {
    if (finding.severity == Severity::error) ++vault.errors;
    if (finding.severity == Severity::warning) ++vault.warnings;
    if (finding.severity == Severity::info) ++vault.notes;
  }
  return outline;
}

void report_book(const AuditBook& book, const AuditOutline& outline, AuditSink& sink) {
  sink.begin(outline.vault);
  const RowMaker maker{book, outline.vault, book.drills};
  for (const BookIndex i : outline.order) sink.backup(outline.vault, maker.row(i));
  for (const AuditFinding& finding : book.findings) sink.finding(outline.vault, finding);
  sink.end(outline.vault);
}

}  // namespace valise
