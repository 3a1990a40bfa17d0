#include "ops/audit_deep.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/hex.hpp"
#include "base/ordered_pipeline.hpp"
#include "format/slot.hpp"
#include "ops/audit_index.hpp"
#include "ops/enrolment.hpp"
#include "vault/agent_share.hpp"
#include "vault/container_reader.hpp"
#include "vault/merged_catalog.hpp"
#include "vault/object_names.hpp"

namespace valise {
namespace {

void decrypt_all(const ContainerReader& container, ByteSpan dek, const Manifest& manifest,
                 WorkerPool& pool, const Run& run) {
  OrderedPipeline<std::size_t> pipeline(pool, 2 * pool.thread_count(), [&](std::size_t) {
    if (run.cancellation != nullptr) run.cancellation->throw_if_requested();
  });
  std::uint64_t offset = 0;
  for (std::size_t i = 0; i < manifest.records.size(); ++i) {
    const RecordInfo& info = manifest.records[i];
    pipeline.submit([&container, dek, &info, i, offset](std::size_t) {
      return container.read_record(dek, i, offset, info).size();
    });
    offset += info.sealed_bytes;
  }
  pipeline.drain();
}

// Slots are deterministic: the key inside a container, with the reader's public and pre-shared key,
// gives the one slot that this reader can open.
void rebuild_slots(AuditBook& book, BookedBackup& backup, const Entry& entry, ByteSpan dek,
                   const VaultKey& key, const Entry& policy) {
  const auto& payload = *policy.as<PolicyPayload>();
  const std::vector<Slot>& slots = entry.as<BackupPayload>()->slots;
  const SlotContext context = slot_context(entry.header, *entry.as<BackupPayload>());
  Secret psks;
  if (key.owner) psks = policy_psks(policy, key.keys);
  // A malicious writer may commit to more slots than the policy has readers. That is a finding of
  // its own already (check_policy); here there is nobody to rebuild them for.
  const std::size_t count = std::min(slots.size(), payload.agents.size() + 1);
  for (std::size_t i = 0; i < count; ++i) {
    SlotReader reader;
    if (i == 0) {
      if (!key.owner) continue;
      reader = {key.keys.pk(), key.keys.psk()};
    } else if (key.owner) {
      reader = {payload.agents[i - 1].pk, psks.view().subspan(32 * (i - 1), 32)};
    } else if (payload.agents[i - 1].pk == key.keys.pk()) {
      reader = {key.keys.pk(), key.keys.psk()};
    } else {
      continue;
    }
    const auto index = static_cast<std::uint8_t>(i);
    if (make_slot(dek, context, index, reader) != slots[i]) {
      book.find(backup, RowFinding::slot,
                fmt::format("slot {} is not the one that {} can open", i,
                            i == 0 ? "the owner" : "\"" + payload.agents[i - 1].name + "\""));
    }
  }
}

// One agent of several holds a share of the key, and neither slots nor content can be checked with
// it: but its own slot has to open.
void open_own_share(AuditBook& book, BookedBackup& backup, const ContainerReader& container,
                    const PolicyPayload& policy, const VaultKey& key) {
  const std::optional<std::uint8_t> slot = agent_slot(policy, key.keys.pk());
  if (!slot) return;
  backup.takes_more = true;
  try {
    static_cast<void>(
        open_agent_share(container.entry(), policy, *slot, key.keys, container.object()));
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::corrupt) throw;
    book.find(backup, RowFinding::slot, error.what());
  }
}

// Every piece of its attachments must lie in a pack that is there. The packs are not read.
void check_pieces(AuditBook& book, BookedBackup& backup, const ContainerReader& container,
                  const Secret& dek, const Manifest& manifest) {
  if (backup.has(RowFinding::missing) || backup.has(RowFinding::damaged)) return;
  CatalogCursor rows(container, dek.clone(), manifest);
  while (const std::optional<CatalogFile> file = rows.next()) {
    for (const CatalogPiece& piece : file->pieces) {
      const ListedPack* pack = find_pack(book.packs, piece.pack);
      const ObjectName name = pack_object(piece.pack);
      if (pack == nullptr) {
        return book.find(backup, RowFinding::missing,
                         name + ", which its catalog names, is missing");
      }
      if (piece.offset > pack->bytes || piece.sealed_bytes > pack->bytes - piece.offset) {
        return book.find(backup, RowFinding::damaged,
                         fmt::format("{} is {} bytes long, and its catalog names a piece that "
                                     "stands behind that",
                                     name, pack->bytes));
      }
    }
  }
}

void deepen(AuditBook& book, BookedBackup& backup, const VaultKey& key, WorkerPool& pool,
            const Run& run) {
  const Entry* policy = book.policies[backup.policy].entry;
  if (policy == nullptr || !backup.present) return;
  try {
    const ContainerReader container = ContainerReader::open(book.vault, backup.bid);
    const auto& payload = *policy->as<PolicyPayload>();
    if (!key.owner && container.entry().as<BackupPayload>()->k > 1) {
      return open_own_share(book, backup, container, payload, key);
    }
    const Secret dek = open_backup_key(container.entry(), payload, key, container.object());
    container.check_commitment(dek.view());
    rebuild_slots(book, backup, container.entry(), dek.view(), key, *policy);
    const Manifest manifest = container.open_manifest(dek.view());
    decrypt_all(container, dek.view(), manifest, pool, run);
    check_pieces(book, backup, container, dek, manifest);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::storage || error.kind() == ErrorKind::cancelled) throw;
    // An agent meets backups that do not list it: nothing is wrong there.
    if (error.kind() == ErrorKind::wrong_key) return;
    const bool commitment =
        std::string_view(error.what()).find("(commitment)") != std::string_view::npos;
    book.find(backup, commitment ? RowFinding::commit : RowFinding::open, error.what());
  }
  // Of what it builds on the content was decrypted before.
  if (check_chain(book, backup) || backup.flawed()) return;
  backup.own_slot_rebuilt = true;
  // L3 speaks of all slots, which only the owner can make again, and rests on what L1 proves.
  if (key.owner && backup.level >= 1) backup.level = 3;
}

}  // namespace

void audit_deep(AuditBook& book, const VaultKey& key, WorkerPool& pool, const Run& run) {
  std::uint64_t done = 0;
  for (BookedBackup& backup : book.backups) {
    if (backup.listed() && book.certified(backup)) deepen(book, backup, key, pool, run);
    ++done;
    if (!run.on_progress) continue;
    const std::string snapshot = hex(backup.bid);
    run.on_progress({.step = "opening backups",
                     .object = snapshot,
                     .done = done,
                     .total = book.backups.size(),
                     .unit = "backups"});
  }
}

}  // namespace valise
