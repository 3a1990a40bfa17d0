#include "ops/held_snapshots.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/error.hpp"
#include "base/hex.hpp"
#include "ops/chain_decision.hpp"
#include "ops/opened_backup.hpp"
#include "vault/object_names.hpp"

namespace valise {
namespace {

// Named by rows, and in no snapshot that this device knows of.
std::uint64_t lacking(const FileCounts& counts) { return counts.missing - counts.missing_kept; }

/// The newest snapshot of a source with attachments, better one of which each container stands.
const Snapshot* newest_with_files(const VaultView& view, const Bytes32& signer,
                                  const Bytes16& source) {
  std::vector<const Snapshot*> own;
  for (const Snapshot& one : view.index.all()) {
    if (one.entry.header.signer == signer && one.backup().source == source) own.push_back(&one);
  }
  std::sort(own.begin(), own.end(), [](const Snapshot* a, const Snapshot* b) {
    return a->entry.header.seq > b->entry.header.seq;
  });
  const Snapshot* any = nullptr;
  for (const Snapshot* one : own) {
    std::vector<const Snapshot*> chain;
    try {
      chain = view.index.chain_of(*one);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::corrupt) throw;
      continue;
    }
    const auto has_files = [](const Snapshot* member) { return member->backup().media_count > 0; };
    if (std::none_of(chain.begin(), chain.end(), has_files)) continue;
    if (any == nullptr) any = one;
    const bool stands = std::all_of(chain.begin(), chain.end(), [&view](const Snapshot* member) {
      return view.vault.storage().size(container_object(member->backup().bid)).has_value();
    });
    if (stands) return one;
  }
  return any;
}

// What a night could not look at may be missing as well: it knows of neither.
bool has_all(const FileCounts& counts) {
  return lacking(counts) == 0 && counts.complete() && !counts.table_absent;
}

void warn(const Run& run, const std::string& words) {
  if (run.on_warning) run.on_warning(words);
}

}  // namespace

void hold_earlier(WriterSession& session, const Run& run, const Bytes16& source,
                  const FileCounts& counts) {
  if (has_all(counts) || knows_last_backup(session, source)) return;
  std::string files = "not all that the database names could be looked at";
  if (lacking(counts) > 0) {
    files = fmt::format("{} that the database names {} not on this disk",
                        lacking(counts) == 1 ? "1 file" : fmt::format("{} files", lacking(counts)),
                        lacking(counts) == 1 ? "is" : "are");
  }
  try {
    const std::unique_ptr<VaultView> view = view_vault(session.vault.storage());
    const Snapshot* earlier =
        newest_with_files(*view, session.credential.signing_key().public_key(), source);
    if (earlier == nullptr) return;
    const HeldSnapshot held{source, earlier->backup().bid};
    std::vector<HeldSnapshot>& all = session.credential.held;
    const std::string id = earlier->id().substr(0, 8);
    if (std::find(all.begin(), all.end(), held) == all.end()) {
      if (all.size() >= kHeldMax) {
        warn(run, fmt::format("{}, and the last backup that may have them, {}, cannot be held from "
                              "valise prune: {} are held already; to let those of this source go: "
                              "valise prune --drop-missing",
                              files, id, all.size()));
        return;
      }
      all.push_back(held);
      session.keep_credential(run);
    }
    warn(run, files + ", and this device no longer knows what earlier backups have; the last of " +
                  "them is " + id + ", and valise prune keeps it. To back such files up again, " +
                  "restore them from it to their place; to let it go: valise prune --drop-missing");
  } catch (const Error& error) {
    // The log is damaged: the night is made all the same, and no prune goes on with such a log.
    if (error.kind() != ErrorKind::corrupt && error.kind() != ErrorKind::not_found) throw;
    warn(run,
         files + ", and whether earlier backups have them cannot be found out: " + error.what());
  }
}

void release_held(WriterSession& session, const Run& run, const Bytes16& source,
                  const FileCounts& counts) {
  if (!has_all(counts)) return;
  const auto gone = std::erase_if(session.credential.held,
                                  [&](const HeldSnapshot& held) { return held.source == source; });
  if (gone > 0) session.keep_credential(run);
}

}  // namespace valise
