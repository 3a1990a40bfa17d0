#include "ops/audit.hpp"

#include <algorithm>
#include <optional>
#include <set>

#include "base/error.hpp"
#include "base/hex.hpp"
#include "ops/audit_checks.hpp"
#include "ops/audit_deep.hpp"
#include "ops/audit_logs.hpp"
#include "ops/audit_pins.hpp"
#include "ops/audit_rows.hpp"
#include "ops/checkpoint.hpp"
#include "state/credential.hpp"
#include "storage/local_storage.hpp"

namespace valise {
namespace {

// What goes from one vault to the next.
struct AuditSession {
  AuditSession(const Run& verb_run, const AuditOptions& verb_options, bool several_vaults)
      : run(verb_run),
        options(verb_options),
        several(several_vaults),
        pins(read_pins(verb_options.pins)) {
    if (options.checkpoint) marks = read_checkpoint(*options.checkpoint);
    mark_used.assign(marks.size(), false);
  }

  const Run& run;
  const AuditOptions& options;
  bool several;
  std::set<Bytes32> pins;
  std::vector<CheckpointMark> marks;
  std::vector<bool> mark_used;
  /// The checkpoint names a vault that is not among those audited: another may stand in its place.
  bool vault_is_away = false;
  std::optional<VaultKey> agent;  ///< An agent's key opens what it can in every vault.
  WorkerPool pool;
};

// True when the vault's public key was compared with one held elsewhere.
bool check_pin(const AuditSession& session, AuditBook& book) {
  if (session.pins.empty()) return false;
  if (session.pins.contains(book.vault.root_pk())) return true;
  book.find("pin", Severity::error, "vault",
            session.pins.size() == 1
                ? "the vault's owner is not the one of the card: whoever signed here is somebody "
                  "else"
                : "the vault's owner is none of those of the cards: whoever signed here is "
                  "somebody else");
  return false;
}

// A device that is enrolled remembers the owner's key and where the logs stood.
bool hold_own_memory(const Run& run, AuditBook& book) {
  std::optional<Credential> credential;
  try {
    credential = load_credential(run.places.config_dir, book.vault.id());
  } catch (const Error& error) {
    book.find("own-memory", Severity::warning, "vault",
              std::string("what this device remembers was not compared: ") + error.what());
  }
  if (!credential) return false;
  const std::string held_by = "this device's own checkpoint";
  hold_mark(book,
            {credential->signing_key().public_key(), credential->own.seq, credential->own.entry_id,
             std::nullopt},
            held_by);
  hold_mark(book, {credential->root_pk, credential->root.seq, credential->root.entry_id, {}},
            held_by);
  return true;
}

// Lines that name a vault are that vault's. Those that do not are compared where there is one vault
// alone, and else where there is a log of their signer.
void hold_checkpoint(AuditSession& session, const AuditListing& listing, AuditBook& book) {
  if (session.marks.empty()) return;
  bool any = false;
  for (std::size_t i = 0; i < session.marks.size(); ++i) {
    const CheckpointMark& mark = session.marks[i];
    const bool own = mark.vault ? *mark.vault == book.vault.id()
                                : !session.several || listing.log_of(mark.signer) != nullptr;
    if (!own) continue;
    hold_mark(book, mark, "the checkpoint");
    session.mark_used[i] = true;
    any = true;
  }
  if (any) return;
  if (session.vault_is_away) {
    book.find("other-vault", Severity::error, "vault",
              "the checkpoint names another vault and not this one, which may stand in its place; "
              "if it is a new one, audit it without that checkpoint first");
  } else {
    book.find("checkpoint", Severity::warning, "vault",
              "the checkpoint says nothing of this vault: whether it was rolled back is not known");
  }
}

// Whether a line names a vault that none of these is.
bool names_absent_vault(const AuditSession& session, const std::set<Bytes16>& audited) {
  return std::any_of(session.marks.begin(), session.marks.end(), [&](const CheckpointMark& mark) {
    return mark.vault && !audited.contains(*mark.vault);
  });
}

// The ids of these vaults; those that cannot be read are told when their turn comes.
std::set<Bytes16> ids_of(const std::vector<std::filesystem::path>& folders) {
  std::set<Bytes16> ids;
  for (const std::filesystem::path& folder : folders) {
    try {
      LocalStorage storage = LocalStorage::open(folder);
      ids.insert(Vault::open(storage).id());
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::cancelled) throw;
    }
  }
  return ids;
}

// L1 asks for an owner who was compared, logs without a gap, and a backup without a finding; L2 for
// a drill by each agent besides.
void set_levels(AuditBook& book, bool pinned) {
  if (!pinned || !book.root_sound) return;
  for (BookedBackup& backup : book.backups) {
    // Whoever can write to the storage can put something that is no drill in a drill's place. That
    // is found, and takes nothing from what the owner and the device have signed.
    const bool flawed = (backup.findings & ~(1U << static_cast<unsigned>(RowFinding::drill))) != 0;
    if (flawed || !book.devices[backup.device].sound) continue;
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

// One vault, read and judged whole before anything is said about it.
class VaultAudit {
 public:
  VaultAudit(AuditSession& session, Storage& storage, const UnlockSource& unlock)
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
    outline_.vault.deep = session.options.deep;
  }

  void report(AuditSink& sink, AuditTotal& total) const {
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

 private:
  // Returns whether the owner's key was compared with one held elsewhere.
  bool read(AuditSession& session) {
    const AuditListing listing = list_for_audit(vault_);
    hold_checkpoint(session, listing, book_);
    const bool known = hold_own_memory(session.run, book_);
    const bool pinned = check_pin(session, book_) || known;
    read_owner_log(book_, listing, session.pool);
    read_device_logs(book_, listing, session.pool, session.run);
    check_unlogged(book_, listing);
    return pinned;
  }

  Vault vault_;
  AuditBook book_;
  AuditOutline outline_;
};

// Keeps all of it.
class ReportSink final : public AuditSink {
 public:
  void begin(const AuditedVault& vault) override { static_cast<AuditedVault&>(report) = vault; }
  void backup(const AuditedVault&, const AuditedBackup& row) override {
    report.backups.push_back(row);
  }
  void finding(const AuditedVault&, const AuditFinding& finding) override {
    report.findings.push_back(finding);
  }
  void end(const AuditedVault&) override {}
  void unreadable(const std::filesystem::path&, const Error&) override {}
  void total(const AuditTotal&) override {}

  AuditReport report;
};

}  // namespace

void audit_in(Storage& storage, const Run& run, const AuditOptions& options,
              const UnlockSource& unlock, AuditSink& sink) {
  AuditSession session(run, options, false);
  if (!session.marks.empty()) {
    session.vault_is_away = names_absent_vault(session, {Vault::open(storage).id()});
  }
  AuditTotal total;
  VaultAudit(session, storage, unlock).report(sink, total);
}

AuditReport audit_in(Storage& storage, const Run& run, const AuditOptions& options,
                     const UnlockSource& unlock) {
  ReportSink sink;
  audit_in(storage, run, options, unlock, sink);
  return std::move(sink.report);
}

AuditReport audit(const Run& run, const AuditOptions& options, const UnlockSource& unlock) {
  LocalStorage storage = LocalStorage::open(run.places.vault);
  return audit_in(storage, run, options, unlock);
}

AuditTotal audit_vaults(const Run& run, const std::vector<std::filesystem::path>& vaults,
                        const AuditOptions& options, const VaultUnlockSource& unlock,
                        AuditSink& sink) {
  AuditSession session(run, options, vaults.size() > 1);
  if (!session.marks.empty()) session.vault_is_away = names_absent_vault(session, ids_of(vaults));
  AuditTotal total;
  for (const std::filesystem::path& folder : vaults) {
    if (run.cancellation != nullptr) run.cancellation->throw_if_requested();
    std::optional<LocalStorage> storage;
    std::optional<VaultAudit> vault;
    std::optional<Error> failure;
    try {
      storage.emplace(LocalStorage::open(folder));
      vault.emplace(session, *storage, [&] { return unlock(folder); });
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::cancelled) throw;
      failure = error;
    }
    // Outside of the handler: what the sink throws is no failure of the vault's.
    if (failure) {
      ++total.unreadable;
      sink.unreadable(folder, *failure);
    } else {
      vault->report(sink, total);
    }
  }
  for (std::size_t i = 0; i < session.marks.size(); ++i) {
    // One vault, given the checkpoint of many: the lines of the others are none of its business.
    const bool of_another = !session.several && session.marks[i].vault.has_value();
    if (!session.mark_used[i] && !of_another) ++total.checkpoint_unused;
  }
  sink.total(total);
  return total;
}

}  // namespace valise
