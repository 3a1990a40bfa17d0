#include "ops/verify.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <set>

#include "base/error.hpp"
#include "base/files.hpp"
#include "ops/restore.hpp"
#include "ops/run_notes.hpp"
#include "ops/snapshot_names.hpp"
#include "ops/verify_files.hpp"
#include "storage/local_storage.hpp"

namespace valise {
namespace {

/// Walks chains and remembers what each snapshot came to.
class Verification {
 public:
  Verification(const VaultView& view, const VaultKey& key, const Run& run)
      : view_(view), key_(key), run_(run), files_(view, run) {}

  /// Rebuilds the chain that ends in `last`; proves `last` fully, and each one before it (root and
  /// count) if `each` is set. A snapshot that fails takes those that build on it along.
  void walk(const Snapshot& last, bool each) {
    std::vector<const Snapshot*> chain;
    try {
      chain = view_.index.chain_of(last);
    } catch (const Error& error) {
      fail(last, error);
      return;
    }
    const UniqueFd file = unnamed_file(run_.places.state_dir);
    DatabaseRebuild rebuild(file.get(), "the rebuilt database", run_);
    MergedCatalog catalog;
    for (std::size_t i = 0; i < chain.size(); ++i) {
      const bool is_last = i + 1 == chain.size();
      try {
        const OpenedBackup opened = open_backup(view_.vault, view_.roots, *chain[i], key_);
        opened_ = true;
        rebuild.apply(opened.container, opened.dek.view(), opened.manifest);
        catalog.add(opened.container, opened.dek.view(), opened.manifest);
        if (is_last || (each && !results_.contains(chain[i]))) {
          prove(*chain[i], rebuild, file.get(), is_last);
          check_files(chain, i, opened.manifest, catalog);
        }
      } catch (const Error& error) {
        const bool closed = error.kind() == ErrorKind::wrong_key;
        if (error.kind() == ErrorKind::cancelled || error.kind() == ErrorKind::storage ||
            (closed && !each)) {
          throw;
        }
        // An agent cannot open every snapshot, and still learns how those are that it can.
        if (closed && !first_closed_) first_closed_ = error;
        fail(*chain[i], error);
        for (std::size_t later = i + 1; later < chain.size(); ++later) fail(*chain[later], error);
        return;
      }
    }
  }

  /// Throws Error(wrong_key) when the key opened nothing.
  [[nodiscard]] VerifyReport report() const {
    if (first_closed_ && !opened_) throw Error(*first_closed_);
    VerifyReport report;
    for (const Snapshot& snapshot : view_.index.all()) {
      const auto found = results_.find(&snapshot);
      if (found == results_.end()) continue;
      report.snapshots.push_back(found->second);
      if (!found->second.ok) ++report.failed;
    }
    return report;
  }

 private:
  void prove(const Snapshot& snapshot, DatabaseRebuild& rebuild, int fd, bool is_last) {
    const DatabaseReport proof =
        prove_database(rebuild, fd, is_last ? DatabaseCheck::full : DatabaseCheck::none,
                       "backup " + snapshot.id(), run_);
    VerifiedSnapshot& result = results_[&snapshot];
    result.snapshot = snapshot.id();
    result.time = shown_time(snapshot, rebuild.manifest());
    result.ok = true;
    result.messages = proof.summary.messages;
    result.check_problems = proof.problems;
  }

  void check_files(const std::vector<const Snapshot*>& chain, std::size_t i,
                   const Manifest& manifest, const MergedCatalog& catalog) {
    const auto parent = i == 0 ? results_.end() : results_.find(chain[i - 1]);
    const bool same_files =
        std::none_of(manifest.records.begin(), manifest.records.end(),
                     [](const RecordInfo& record) { return record.kind == RecordKind::catalog; });
    // A year of nights without a new picture: the list is not walked 365 times.
    if (same_files && parent != results_.end()) {
      FileVerification::take_over(parent->second, results_[chain[i]]);
    } else {
      files_.check(*catalog.anew(), manifest.source.name, results_[chain[i]]);
    }
  }

  void fail(const Snapshot& snapshot, const Error& error) {
    VerifiedSnapshot result;
    result.snapshot = snapshot.id();
    result.time = snapshot.time;
    result.problem = error.what();
    results_[&snapshot] = std::move(result);
  }

  const VaultView& view_;
  const VaultKey& key_;
  const Run& run_;
  FileVerification files_;
  std::map<const Snapshot*, VerifiedSnapshot> results_;
  bool opened_ = false;
  std::optional<Error> first_closed_;
};

// The ends of chains: snapshots on which nothing builds. An empty claim is none, and is warned of:
// else whoever makes one has every later run fail.
std::vector<const Snapshot*> chain_ends(const SnapshotIndex& index) {
  std::set<Bytes32> parents;
  for (const Snapshot& snapshot : index.all()) {
    // Nobody takes a backup out of this list by naming it as a parent of his own.
    const Snapshot* parent = index.by_entry(snapshot.backup().parent);
    if (parent != nullptr && !snapshot.empty_claim &&
        parent->entry.header.signer == snapshot.entry.header.signer) {
      parents.insert(parent->entry.id);
    }
  }
  std::vector<const Snapshot*> ends;
  for (const Snapshot& snapshot : index.all()) {
    if (!snapshot.empty_claim && !parents.contains(snapshot.entry.id)) ends.push_back(&snapshot);
  }
  return ends;
}

}  // namespace

VerifyReport verify_in(Storage& storage, const Run& run, const VerifyOptions& options,
                       const UnlockSource& unlock) {
  const auto start = std::chrono::steady_clock::now();
  const std::unique_ptr<VaultView> view = view_vault(storage, run);
  warn_of_problems(run, *view);
  // Of all snapshots none is meant by a name that may be a thief's.
  if (options.source.empty() && !options.all) check_snapshot_name(*view, options.snapshot);
  if (view->index.all().empty()) check_snapshot_name(*view, "latest");
  const VaultKey key = open_vault_key(view->vault, unlock());
  const auto wanted = source_filter(*view, options.source, key);
  make_folders(run.places.state_dir);
  Verification verification(*view, key, run);
  if (options.all) {
    for (const Snapshot* end : chain_ends(view->index)) {
      if (wanted(*end)) verification.walk(*end, true);
    }
  } else {
    const Snapshot& snapshot = find_snapshot(*view, options.snapshot, wanted, key);
    verification.walk(snapshot, false);
    if (!SnapshotIndex::names_id(options.snapshot)) {
      warn_of_other_sources(run, view->index, snapshot, wanted);
    }
  }
  VerifyReport report = verification.report();
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return report;
}

VerifyReport verify(const Run& run, const VerifyOptions& options, const UnlockSource& unlock) {
  LocalStorage storage = LocalStorage::open(run.places.vault);
  VerifyReport report = verify_in(storage, run, options, unlock);
  note_verify(run, storage, report);
  return report;
}

}  // namespace valise
