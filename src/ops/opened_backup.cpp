#include "ops/opened_backup.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>

#include "base/error.hpp"
#include "base/hex.hpp"
#include "vault/object_names.hpp"

namespace valise {
namespace {

constexpr std::size_t kSourcesNamedMax = 8;
// Whoever can write to the storage can make any number.
constexpr std::size_t kProblemsToldMax = 50;

}  // namespace

OpenedBackup open_backup(const Vault& vault, const RootChain& roots, const Snapshot& snapshot,
                         const VaultKey& key) {
  ContainerReader container = ContainerReader::open(vault, snapshot.backup().bid);
  if (container.entry().bytes != snapshot.entry.bytes) {
    throw Error(ErrorKind::corrupt,
                container.object() + ": its header is not the one that the log holds");
  }
  const Entry* policy = roots.find_policy(snapshot.backup().policy);
  if (policy == nullptr) {
    throw Error(ErrorKind::corrupt,
                container.object() + ": its policy is not one that the owner signed");
  }
  Secret dek =
      open_backup_key(container.entry(), *policy->as<PolicyPayload>(), key, container.object());
  Manifest manifest = container.open_manifest(dek.view());
  return {std::move(container), std::move(dek), std::move(manifest)};
}

std::unique_ptr<VaultView> view_vault(Storage& storage) {
  const Vault vault = Vault::open(storage);
  auto view = std::make_unique<VaultView>(VaultView{vault, RootChain::read(vault), {}, {}});
  view->index = SnapshotIndex::read(view->vault, view->roots);
  return view;
}

std::unique_ptr<VaultView> view_vault(Storage& storage, const Run& run) {
  // Before the log is read: another run may just move both on.
  const Bytes16 vault_id = Vault::open(storage).id();
  std::optional<Credential> credential;
  try {
    credential = load_credential(run.places.config_dir, vault_id);
  } catch (const Error&) {
    // One that is damaged remembers nothing; verbs that need it say so.
  }
  std::unique_ptr<VaultView> view = view_vault(storage);
  if (credential) view->behind = owner_log_fault(view->roots, *credential);
  return view;
}

std::string owner_log_fault(const RootChain& roots, const Credential& credential) {
  const Checkpoint& known = credential.root;
  const LogHead& head = roots.head();
  if (roots.id_at(known.seq) == known.entry_id) return {};
  if (head.seq >= known.seq) {
    return entry_object(credential.root_pk, known.seq) +
           ": it is not the entry of the owner's log that this device knows; run \"valise audit\"";
  }
  return fmt::format(
      "{}: the owner's log ends before it, and this device has seen that log up to entry {}: a "
      "revocation or a policy may be missing, so that backups may show that a thief made. Put the "
      "log's entries back from a copy of the vault; a backup that you know opens by its full id, "
      "which \"valise list --json\" shows",
      entry_object(credential.root_pk, head.seq + 1), known.seq);
}

void refuse_if_behind(const VaultView& view, const std::string& name) {
  constexpr std::size_t kFullIdChars = 2 * sizeof(Bytes16);
  if (view.behind.empty() || (SnapshotIndex::names_id(name) && name.size() >= kFullIdChars)) return;
  throw Error(ErrorKind::corrupt, view.behind);
}

void refuse_to_sign_behind(const std::string& behind) {
  if (behind.empty()) return;
  throw Error(ErrorKind::corrupt,
              behind +
                  "; the owner signs nothing after such a log here. Where the entries are lost for "
                  "good, sign on a machine that is not enrolled, and enrol this one anew");
}

std::function<bool(const Snapshot&)> source_filter(const VaultView& view, const std::string& source,
                                                   const VaultKey& key) {
  if (source.empty()) return [](const Snapshot&) { return true; };
  const bool is_id =
      source.size() >= 4 && source.find_first_not_of("0123456789abcdef") == std::string::npos;
  // The newest readable snapshot of each source tells its name.
  std::map<Bytes16, bool> wanted;
  const std::vector<Snapshot>& all = view.index.all();
  for (auto snapshot = all.rbegin(); snapshot != all.rend(); ++snapshot) {
    const Bytes16& id = snapshot->backup().source;
    if (snapshot->empty_claim || wanted.contains(id)) continue;
    if (is_id && hex(id).starts_with(source)) {
      wanted[id] = true;
      continue;
    }
    try {
      wanted[id] =
          open_backup(view.vault, view.roots, *snapshot, key).manifest.source.name == source;
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::storage) throw;
    }
  }
  if (std::none_of(wanted.begin(), wanted.end(), [](const auto& each) { return each.second; })) {
    throw Error(ErrorKind::not_found,
                "the vault holds no snapshot of a source \"" + source + "\"; see \"valise list\"");
  }
  return [wanted = std::move(wanted)](const Snapshot& snapshot) {
    const auto found = wanted.find(snapshot.backup().source);
    return found != wanted.end() && found->second;
  };
}

void warn_of_other_sources(const Run& run, const SnapshotIndex& index, const Snapshot& taken,
                           const std::function<bool(const Snapshot&)>& wanted) {
  if (!run.on_warning) return;
  std::set<Bytes16> sources{taken.backup().source};
  for (const Snapshot& snapshot : index.all()) {
    // Whoever means a copy names it, or its vault holds nothing else.
    if (snapshot.empty_claim || (snapshot.backup().copy && !taken.backup().copy)) continue;
    if (wanted(snapshot)) sources.insert(snapshot.backup().source);
  }
  if (sources.size() < 2) return;
  std::string ids;
  std::size_t named = 0;
  for (const Bytes16& source : sources) {
    if (++named > kSourcesNamedMax) break;
    ids += (ids.empty() ? "" : ", ") + hex(source).substr(0, 8);
  }
  if (named > kSourcesNamedMax) ids += ", ...";
  run.on_warning(fmt::format(
      "{} sources hold such a snapshot, of which the newest was taken, {} of source {}; for "
      "another one give --source with the beginning of its id: {}",
      sources.size(), taken.id().substr(0, 8), hex(taken.backup().source).substr(0, 8), ids));
}

void warn_of_problems(const Run& run, const VaultView& view) {
  if (!view.behind.empty() && run.on_warning) run.on_warning(view.behind);
  warn_of_problems(run, view.index);
}

void warn_of_problems(const Run& run, const SnapshotIndex& index) {
  if (!run.on_warning) return;
  std::size_t told = 0;
  for (const LogProblem& problem : index.problems()) {
    if (++told <= kProblemsToldMax) run.on_warning(problem.message);
  }
  if (told > kProblemsToldMax) {
    run.on_warning(
        fmt::format("{} more problems of the logs; run \"valise audit\"", told - kProblemsToldMax));
  }
}

}  // namespace valise
