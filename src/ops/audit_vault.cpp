#include "ops/audit_vault.hpp"

#include "ops/audit_checks.hpp"
#include "ops/audit_deep.hpp"
#include "ops/audit_logs.hpp"
#include "ops/log_doubts.hpp"
#include "vault/object_names.hpp"

namespace valise {
namespace {

// L1 asks for an owner who was compared, logs without a gap, and a backup without a finding; L2 for
// a drill by each agent besides.
void set_levels(AuditBook& book, bool pinned) {
  if (!pinned || !book.root_sound) return;
  for (BookedBackup& backup : book.backups) {
    if (backup.flawed() || !book.devices[backup.device].sound) continue;
    backup.level = 1;
    const unsigned agents = backup.slot_count - 1U;
    if (agents > 0 && backup.drilled == (1U << agents) - 1U) backup.level = 2;
  }
}

// Returns whether it is the owner's key: opening it compares the vault's.
bool open_all(AuditSession& session, AuditBook& book, const UnlockSource& unlock, bool pinned) {
  std::optional<VaultKey> own;
  if (!session.agent) {
    own = open_vault_key(book.vault, unlock());
    if (!own->owner) session.agent = std::exchange(own, std::nullopt);
  }
  const VaultKey& key = own ? *own : *session.agent;
  set_levels(book, pinned || key.owner);
  audit_deep(book, key, session.pool, session.run);
  return key.owner;
}

// Both this machine's own doing and a thief's: only its user can tell.
void tell_beyond_memory(const Run& run, AuditBook& book) {
  const std::optional<Credential> own = load_credential(run.places.config_dir, book.vault.id());
  if (!own) return;
  for (const BookedDevice& device : book.devices) {
    if (device.device->pk != own->signing_key().public_key()) continue;
    if (const auto beyond =
            beyond_own_memory(*own, device.head, pending_of(run, book.vault, *own))) {
      book.find("own-memory", Severity::warning, entry_object(device.device->pk, device.head.seq),
                *beyond + copy_at_large(*own));
    }
  }
}

}  // namespace

VaultAudit::VaultAudit(AuditSession& session, Storage& storage, const UnlockSource& unlock)
    : vault_(Vault::open(storage)), book_(vault_) {
  book_.now = session.run.clock->now();
  const bool pinned = read(session);
  check_book(book_, session.options);
  bool opened = false;
  if (session.options.deep) {
    opened = open_all(session, book_, unlock, pinned);
  } else {
    set_levels(book_, pinned);
  }
  outline_ = outline_of(book_);
  outline_.vault.pinned = pinned || opened;
  outline_.vault.pinned_card = pinned_card_;
  outline_.vault.deep = session.options.deep;
}

void VaultAudit::report(AuditSink& sink, AuditTotal& total) const {
  const AuditedVault& vault = outline_.vault;
  report_book(book_, outline_, sink);
  ++total.vaults;
  total.backups += vault.backup_count;
  total.escrowed += vault.escrowed;
  total.e2ee += vault.e2ee;
  total.errors += vault.errors;
  total.warnings += vault.warnings;
  total.notes += vault.notes;
  if (vault.errors > 0) ++total.vaults_with_errors;
}

bool VaultAudit::read(AuditSession& session) {
  AuditListing listing = list_for_audit(vault_);
  check_met_once(session, book_);
  hold_checkpoint(session, listing, book_);
  const bool known = hold_own_memory(session.run, book_);
  const std::filesystem::path* const card = check_pin(session, book_);
  if (card != nullptr) pinned_card_ = *card;
  const bool pinned = card != nullptr || known;
  read_owner_log(book_, listing, session.pool);
  read_device_logs(book_, listing, session.pool, session.run);
  if (known) tell_beyond_memory(session.run, book_);
  check_unlogged(book_, listing);
  book_.packs = std::move(listing.packs);
  return pinned;
}

}  // namespace valise
