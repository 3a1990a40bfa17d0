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

/// The newest snapshot of a source with attachments, better one of which each container stands. And
/// before it the newest one after it whose chain the log does not hold as a whole, if any: it may
/// have more, once a damaged entry is mended.
std::vector<const Snapshot*> newest_with_files(const VaultView& view, const Bytes32& signer,
                                               const Bytes16& source) {
  std::vector<const Snapshot*> own;
  for (const Snapshot& one : view.index.all()) {
    if (one.entry.header.signer == signer && one.backup().source == source) own.push_back(&one);
  }
  std::sort(own.begin(), own.end(), [](const Snapshot* a, const Snapshot* b) {
    return a->entry.header.seq > b->entry.header.seq;
  });
  const Snapshot* any = nullptr;
  std::vector<const Snapshot*> found;
  for (const Snapshot* one : own) {
    std::vector<const Snapshot*> chain;
    try {
      chain = view.index.chain_of(*one);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::corrupt) throw;
      if (found.empty()) found.push_back(one);
      continue;
    }
    const auto has_files = [](const Snapshot* member) { return member->backup().media_count > 0; };
    if (std::none_of(chain.begin(), chain.end(), has_files)) continue;
    if (any == nullptr) any = one;
    const bool stands = std::all_of(chain.begin(), chain.end(), [&view](const Snapshot* member) {
      return view.vault.storage().size(container_object(member->backup().bid)).has_value();
    });
    if (!stands) continue;
    any = one;
    break;
  }
  if (any != nullptr) found.push_back(any);
  return found;
}

void warn(const Run& run, const std::string& words) {
  if (run.on_warning) run.on_warning(words);
}

std::string why_in_doubt(const FileCounts& counts) {
  if (counts.root_absent) return "the folder where the app keeps its attachments is not there";
  if (counts.lacking == 0 && counts.complete() && counts.rows_unclear > 0) {
    return counts.rows_unclear == 1
               ? "1 row of the database does not say which file it names"
               : fmt::format("{} rows of the database do not say which files they name",
                             counts.rows_unclear);
  }
  if (counts.lacking == 0) return "not all that the database names could be looked at";
  return fmt::format("{} that the database names {} not on this disk",
                     counts.lacking == 1 ? "1 file" : fmt::format("{} files", counts.lacking),
                     counts.lacking == 1 ? "is" : "are");
}

/// Puts those that are not there yet on the list, as far as it has room: which were put, which not.
struct Held {
  std::vector<const Snapshot*> put;
  std::vector<const Snapshot*> no_room;
};
Held put_all(std::vector<HeldSnapshot>& all, const Bytes16& source,
             const std::vector<const Snapshot*>& snapshots) {
  Held result;
  for (const Snapshot* one : snapshots) {
    const HeldSnapshot held{source, one->backup().bid};
    if (std::find(all.begin(), all.end(), held) != all.end()) continue;
    const bool has_room = all.size() < kHeldMax;
    if (has_room) all.push_back(held);
    (has_room ? result.put : result.no_room).push_back(one);
  }
  return result;
}

std::string ids_of(const std::vector<const Snapshot*>& snapshots) {
  std::string ids;
  for (const Snapshot* one : snapshots) {
    ids += (ids.empty() ? "" : " and ") + one->id().substr(0, 8);
  }
  return ids;
}

}  // namespace

void hold_earlier(WriterSession& session, const Run& run, const Bytes16& source,
                  const FileCounts& counts) {
  if (counts.has_all_named() || knows_last_backup(session, source)) return;
  const std::string why = why_in_doubt(counts);
  try {
    const std::unique_ptr<VaultView> view = view_vault(session.vault.storage());
    const std::vector<const Snapshot*> earlier =
        newest_with_files(*view, session.credential.signing_key().public_key(), source);
    std::vector<HeldSnapshot>& all = session.credential.held;
    const Held held = put_all(all, source, earlier);
    if (!held.no_room.empty()) {
      warn(run, fmt::format("{}, and the last backup that may have them, {}, cannot be held from "
                            "valise prune: {} are held already; to let those of this source go: "
                            "valise prune --drop-missing",
                            why, ids_of(held.no_room), all.size()));
    }
    if (held.put.empty()) return;  // None has any, or it was said before.
    session.keep_credential(run);
    const bool one = held.put.size() == 1;
    warn(run,
         fmt::format(
             "{}, and this device no longer knows what earlier backups have; the last of them "
             "{} {}, and valise prune keeps {}. To back such files up again, restore them "
             "from there to their place; to let {} go: valise prune --drop-missing",
             why, one ? "is" : "are", ids_of(held.put), one ? "it" : "them", one ? "it" : "them"));
  } catch (const Error& error) {
    // The log is damaged: the night is made all the same, and no prune goes on with such a log.
    if (error.kind() != ErrorKind::corrupt && error.kind() != ErrorKind::not_found) throw;
    warn(run, why + ", and whether earlier backups have them cannot be found out: " + error.what());
  }
}

void release_held(WriterSession& session, const Run& run, const Bytes16& source,
                  const FileCounts& counts) {
  if (!counts.has_all_named()) return;
  const auto gone = std::erase_if(session.credential.held,
                                  [&](const HeldSnapshot& held) { return held.source == source; });
  if (gone > 0) session.keep_credential(run);
}

}  // namespace valise
