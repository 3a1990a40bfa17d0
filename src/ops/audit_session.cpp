#include "ops/audit_session.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/hex.hpp"
#include "ops/run_notes.hpp"
#include "state/credential.hpp"

namespace valise {

AuditSession::AuditSession(const Run& verb_run, const AuditOptions& verb_options,
                           bool several_vaults)
    : run(verb_run),
      options(verb_options),
      several(several_vaults),
      pins(read_pins(verb_options.pins)) {
  if (options.checkpoint) marks = read_checkpoint(*options.checkpoint);
  mark_used.assign(marks.size(), false);
}

const std::filesystem::path* check_pin(const AuditSession& session, AuditBook& book) {
  if (session.pins.empty()) return nullptr;
  const auto found = session.pins.find(book.vault.root_pk());
  if (found != session.pins.end()) return &found->second;
  book.find("pin", Severity::error, "vault",
            session.pins.size() == 1
                ? "the vault's owner is not the one of the card: whoever signed here is somebody "
                  "else"
                : "the vault's owner is none of those of the cards: whoever signed here is "
                  "somebody else");
  return nullptr;
}

// A device remembers where the vault stood that it backs up to. Another one that stands there, and
// that it does not know, was put there.
void check_place(const Run& run, AuditBook& book) {
  for (const Bytes16& id : vaults_backed_up_to(run.places, book.vault.storage().describe())) {
    std::error_code error;
    if (id == book.vault.id() ||
        !std::filesystem::exists(credential_folder(run.places.config_dir, id), error)) {
      continue;
    }
    book.find("other-vault", Severity::error, "vault",
              "this device backs up to vault " + hex(id) +
                  ", which stood at this place; this is another one, " + hex(book.vault.id()) +
                  ", in which it is not enrolled");
  }
}

bool hold_own_memory(const Run& run, AuditBook& book) {
  std::optional<Credential> credential;
  try {
    credential = load_credential(run.places.config_dir, book.vault.id());
  } catch (const Error& error) {
    book.find("own-memory", Severity::warning, "vault",
              std::string("what this device remembers was not compared: ") + error.what());
  }
  if (!credential) {
    check_place(run, book);
    return false;
  }
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
  if (any) {
    // A copy of one vault in the place of another fits the lines of that one.
    if (session.several || session.away.empty()) return;
    const std::size_t others = session.away.size();
    book.find("checkpoint-vault", Severity::warning, "vault",
              fmt::format("the checkpoint also names {} other vault{}; this is {}: see that it is "
                          "the one that belongs here",
                          others, others == 1 ? "" : "s", hex(book.vault.id())));
    return;
  }
  if (!session.away.empty()) {
    book.find("other-vault", Severity::error, "vault",
              "the checkpoint names another vault and not this one, which may stand in its place; "
              "if it is a new one, audit it without that checkpoint first");
  } else {
    book.find("checkpoint", Severity::warning, "vault",
              "the checkpoint says nothing of this vault: whether it was rolled back is not known");
  }
}

std::set<Bytes16> absent_vaults(const AuditSession& session, const std::set<Bytes16>& audited) {
  std::set<Bytes16> absent;
  for (const CheckpointMark& mark : session.marks) {
    if (mark.vault && !audited.contains(*mark.vault)) absent.insert(*mark.vault);
  }
  return absent;
}

void check_met_once(AuditSession& session, AuditBook& book) {
  const std::filesystem::path place = book.vault.storage().describe();
  std::error_code error;
  std::filesystem::path real = std::filesystem::weakly_canonical(place, error);
  if (error) real = place;
  const auto [found, fresh] = session.met.emplace(book.vault.id(), real);
  if (fresh || found->second == real) return;
  book.find(
      "vault-twice", Severity::error, "vault",
      fmt::format("vault {} was met in this run already, at {}: one of the two is a copy, and "
                  "may stand in the place of another vault; if it is meant to be one, audit "
                  "it in a run of its own",
                  hex(book.vault.id()), found->second.string()));
}

}  // namespace valise
