// The part of an audit that looks at containers and drills, still without a key.

#include <algorithm>
#include <map>

#include "base/cursor.hpp"
#include "base/error.hpp"
#include "base/hex.hpp"
#include "format/container.hpp"
#include "format/drill.hpp"
#include "format/slot.hpp"
#include "ops/audit_book.hpp"
#include "vault/object_names.hpp"

namespace valise {
namespace {

bool carries_entry(const Vault& vault, const ObjectName& name, const Entry& entry,
                   std::uint64_t file_len) {
  ByteWriter expected;
  expected.bytes(entry.bytes).u32(static_cast<std::uint32_t>(entry.bytes.size()));
  expected.text(kContainerEnd);
  Bytes tail(expected.size());
  vault.storage().read(name, file_len - tail.size(), tail);
  const ByteSpan view = expected.view();
  return std::equal(tail.begin(), tail.end(), view.begin(), view.end());
}

void check_container(const Vault& vault, AuditBook& book, BookedBackup& backup,
                     std::uint64_t size) {
  const ObjectName name = container_object(backup.backup().bid);
  std::uint64_t expected = 0;
  try {
    expected = container_layout(backup.backup(), backup.entry.bytes.size(), name).file_len;
  } catch (const Error& error) {
    book.find(backup, "damaged", Severity::error, error.what());
    return;
  }
  backup.row.present = true;
  if (size != expected) {
    book.find(backup, "damaged", Severity::error,
              name + " is " + std::to_string(size) + " bytes long instead of " +
                  std::to_string(expected));
  } else if (!carries_entry(vault, name, backup.entry, size)) {
    book.find(backup, "damaged", Severity::error,
              name + " carries another header than the log holds");
  }
}

}  // namespace

void check_containers(const Vault& vault, AuditBook& book) {
  std::map<ObjectName, std::uint64_t> sizes;
  for (const ObjectInfo& object : vault.storage().list(kBackupsFolder)) {
    sizes[object.name] = object.size;
  }
  for (BookedBackup& backup : book.backups) {
    const auto found = sizes.find(container_object(backup.backup().bid));
    if (found != sizes.end()) {
      check_container(vault, book, backup, found->second);
    } else if (!book.pruned.contains(backup.backup().bid)) {
      book.find(backup, "missing", Severity::error, "its container is missing from the vault");
    }
  }
}

void check_drills(const Vault& vault, AuditBook& book) {
  std::map<Bytes32, std::size_t> by_entry;
  for (std::size_t i = 0; i < book.backups.size(); ++i) by_entry[book.backups[i].entry.id] = i;
  for (const ObjectInfo& object : vault.storage().list(kDrillsFolder)) {
    const auto at = drill_at(object.name);
    const auto found = at ? by_entry.find(at->entry_id) : by_entry.end();
    if (found == by_entry.end()) continue;
    BookedBackup& backup = book.backups[found->second];
    const Entry* policy = book.roots.find_policy(backup.backup().policy);
    if (policy == nullptr || at->slot >= backup.backup().slots.size() ||
        at->slot >= backup.row.readers.size()) {
      continue;
    }
    const Agent& agent = policy->as<PolicyPayload>()->agents[at->slot - 1U];
    try {
      const Drill drill = parse_drill(read_object(vault.storage(), object.name, kDrillBytes),
                                      agent.sign_pk, object.name);
      if (drill.vault_id != vault.id() || drill.entry_id != at->entry_id ||
          drill.slot != at->slot ||
          !drill_fits(drill, slot_proof(backup.backup().slots[at->slot]))) {
        throw Error(ErrorKind::corrupt, object.name + ": it does not fit the slot it names");
      }
      AuditedReader& reader = backup.row.readers[at->slot];
      reader.drilled = true;
      reader.last_drilled = drill.time;
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::storage) throw;
      book.find(backup, "drill", Severity::error, error.what());
    }
  }
}

}  // namespace valise
