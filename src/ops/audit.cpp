#include "ops/audit.hpp"

#include <algorithm>
#include <optional>
#include <tuple>

#include "base/error.hpp"
#include "base/hex.hpp"
#include "ops/audit_deep.hpp"
#include "ops/card_file.hpp"
#include "ops/checkpoint.hpp"
#include "state/credential.hpp"
#include "storage/local_storage.hpp"

namespace valise {
namespace {

// True when the vault's public key was compared with one held elsewhere.
bool check_pin(const Vault& vault, const AuditOptions& options, AuditBook& book) {
  if (!options.pin) return false;
  const std::optional<Card> card = read_card_file(*options.pin);
  if (!card) throw Error(ErrorKind::usage, options.pin->string() + ": there is no such card file");
  if (card->kind != CardKind::owner) {
    throw Error(ErrorKind::usage,
                options.pin->string() + ": it is an agent's card, not an owner's");
  }
  if (card->sign_pk != vault.root_pk()) {
    book.find("pin", Severity::error, "vault",
              "the vault's owner is not the one of the card: whoever signed here is somebody else");
    return false;
  }
  return true;
}

// A device that is enrolled remembers the owner's key and where the logs stood.
bool check_own_memory(const Vault& vault, const Run& run, AuditBook& book) {
  std::optional<Credential> credential;
  try {
    credential = load_credential(run.places.config_dir, vault.id());
  } catch (const Error& error) {
    book.find("own-memory", Severity::warning, "vault",
              std::string("what this device remembers was not compared: ") + error.what());
  }
  if (!credential) return false;
  const std::string own = hex(credential->signing_key().public_key());
  check_checkpoint(
      book,
      {{own, credential->own.seq, hex(credential->own.entry_id)},
       {hex(credential->root_pk), credential->root.seq, hex(credential->root.entry_id)}},
      "this device's own checkpoint");
  return true;
}

void set_levels(AuditBook& book, bool pinned) {
  for (BookedBackup& backup : book.backups) {
    if (!pinned || !backup.row.findings.empty()) continue;
    backup.row.level = 1;
    const auto& readers = backup.row.readers;
    const bool drilled = readers.size() > 1 &&
                         std::all_of(readers.begin() + 1, readers.end(),
                                     [](const AuditedReader& reader) { return reader.drilled; });
    if (drilled) backup.row.level = 2;
  }
}

AuditReport to_report(const Vault& vault, AuditBook& book, bool pinned, bool deep) {
  AuditReport report;
  report.vault_id = hex(vault.id());
  report.owner = hex(vault.root_pk());
  report.pinned = pinned;
  report.deep = deep;
  report.checkpoint = checkpoint_of(book);
  for (BookedBackup& backup : book.backups) {
    // A backup that was pruned is no longer anybody's to open.
    if (book.pruned.contains(backup.backup().bid) && !backup.row.present) continue;
    ++(backup.row.escrow ? report.escrowed : report.e2ee);
    report.backups.push_back(std::move(backup.row));
  }
  std::stable_sort(report.backups.begin(), report.backups.end(),
                   [](const AuditedBackup& a, const AuditedBackup& b) {
                     return std::tie(a.source, a.time) < std::tie(b.source, b.time);
                   });
  report.findings = std::move(book.findings);
  std::stable_sort(
      report.findings.begin(), report.findings.end(),
      [](const AuditFinding& a, const AuditFinding& b) { return a.severity > b.severity; });
  return report;
}

}  // namespace

AuditReport audit_in(Storage& storage, const Run& run, const AuditOptions& options,
                     const UnlockSource& unlock) {
  const Vault vault = Vault::open(storage);
  std::optional<std::vector<CheckpointLine>> held;
  if (options.checkpoint) held = read_checkpoint(*options.checkpoint);
  AuditBook book = read_audit_book(vault, run.clock->now());
  bool pinned = check_pin(vault, options, book);
  pinned = check_own_memory(vault, run, book) || pinned;
  if (held) check_checkpoint(book, *held, "the checkpoint");
  check_containers(vault, book);
  check_drills(vault, book);
  if (!options.deep) {
    set_levels(book, pinned);
    return to_report(vault, book, pinned, false);
  }
  const VaultKey key = open_vault_key(vault, unlock());
  pinned = pinned || key.owner;
  set_levels(book, pinned);
  audit_deep(vault, book, key, run);
  return to_report(vault, book, pinned, true);
}

AuditReport audit(const Run& run, const AuditOptions& options, const UnlockSource& unlock) {
  LocalStorage storage = LocalStorage::open(run.places.vault);
  return audit_in(storage, run, options, unlock);
}

const std::vector<std::string>& audit_limits() {
  static const std::vector<std::string> limits = {
      "No audit can prove that no copy of a key or passphrase exists elsewhere.",
      "No audit can prove whether an agent has already read what it can open.",
      "Times are the devices' own claims; what is proven is the order.",
      "Without a checkpoint that you kept, no audit can prove that nothing newer was taken away.",
      "An escrowed backup shows the whole history as of its day, also what earlier end-to-end "
      "backups hold.",
  };
  return limits;
}

}  // namespace valise
