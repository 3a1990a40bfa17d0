#include "ops/copy_writer.hpp"

#include <fmt/format.h>

#include <chrono>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/hex.hpp"

namespace valise {
namespace {

constexpr const char* kNothingToBuildOn = "no copy of this source is at hand to build on";

}  // namespace

void refuse_rolled_back(const WriterSession& session) {
  if (!session.rolled_back) return;
  throw Error(ErrorKind::audit_finding,
              session.vault.storage().describe() +
                  ": the vault's log is older than this device remembers: somebody has put back an "
                  "old state of the storage. Run \"valise audit\", and look at who can write "
                  "there, before you copy into it");
}

CopyWriter::CopyWriter(const VaultView& from, const VaultKey& key, WriterSession& session,
                       const Run& run, const CopyEvents& events, bool whole, CopyReport& report)
    : from_(from),
      key_(key),
      session_(session),
      run_(run),
      labelled_(run),
      events_(events),
      whole_(whole),
      report_(report),
      policy_(session.policy.id) {
  labelled_.on_progress = [this](const Progress& progress) {
    if (!run_.on_progress) return;
    Progress shown = progress;
    shown.step = progress.step == "rebuilding" ? "rebuilding" : "sealing copy";
    shown.object = label_;
    run_.on_progress(shown);
  };
}

void CopyWriter::copy_source(const SourceCopies& copies) {
  ChainWalk walk(from_, key_, labelled_);
  bool continues = false;
  for (const ChosenSnapshot& original : copies.snapshots) {
    label_ = fmt::format("{} of {}", ++number_, report_.plan.snapshots);
    try {
      walk.go_to(*original.snapshot);
      take(copy_snapshot(walk, copies.source, original, continues));
      continues = true;
    } catch (const DamagedOriginal& damaged) {
      walk.give_up(*original.snapshot, damaged.error);
      fail({original.snapshot->id(), original.shown, damaged.error});
    }
  }
  forget_pages(copies.source);
}

void CopyWriter::fail(CopyFailure failure) {
  if (events_.on_failure) events_.on_failure(failure);
  report_.failures.push_back(std::move(failure));
}

BackupSummary CopyWriter::copy_snapshot(const ChainWalk& walk, const Bytes16& source,
                                        const ChosenSnapshot& original, bool continues) {
  try {
    return seal(walk, source, original, continues);
  } catch (const StateError&) {
    // Told in the summary.
  }
  // The state is damaged. It is disposable: once more without it, which makes a full.
  session_.renew_state(run_);
  BackupSummary summary = seal(walk, source, original, false);
  summary.why_full = "the state was damaged";
  return summary;
}

// What this run itself has just written need not be looked at again.
ChainDecision CopyWriter::decide(const Bytes16& source, std::uint32_t page_size,
                                 bool continues) const {
  std::optional<SourceState> state = session_.state.source(source);
  if (!state) return {kNothingToBuildOn, std::nullopt};
  if (!continues) return decide_chain(session_, source, page_size, false);
  std::string why = why_chain_ends(session_, *state, page_size);
  if (!why.empty()) return {std::move(why), std::nullopt};
  return {{}, std::move(state)};
}

BackupSummary CopyWriter::seal(const ChainWalk& walk, const Bytes16& source,
                               const ChosenSnapshot& original, bool continues) {
  const auto start = std::chrono::steady_clock::now();
  RebuiltContent content(walk, original);
  const Manifest& manifest = walk.manifest();
  const ChainDecision decision = decide(source, content.page_size(), continues);
  BackupSummary summary;
  summary.full = !decision.parent;
  summary.why_full = decision.why_full;
  summary.source = manifest.source.name;
  summary.source_id = hex(source);
  summary.pages = content.page_count();
  summary.database_bytes = std::uint64_t{content.page_count()} * content.page_size();
  summary.origin = Origin{hex(original.origin.entry_id), original.origin.time};
  summary.copied_from = original.snapshot->id();
  summary.captured_at = manifest.captured_at;
  CopiedFiles files(from_, key_, session_, labelled_, source, summary.files);
  stage_files(files, *original.snapshot);
  try {
    write_snapshot({session_, labelled_, content, summary, source, &files}, decision.parent);
  } catch (const PacksGone&) {
    throw Error(ErrorKind::storage, session_.vault.storage().describe() +
                                        ": media packs went while a copy needed them; run the "
                                        "copy once more");
  }
  summary.seconds = seconds_since(start);
  return summary;
}

void CopyWriter::stage_files(CopiedFiles& files, const Snapshot& original) {
  try {
    files.stage(original, [&](const std::string& path, const Error& error) {
      note_damaged_file(original, path, error);
    });
  } catch (const Error& error) {
    // The list of the attachments itself.
    if (error.kind() == ErrorKind::corrupt) throw DamagedOriginal{error};
    throw;
  }
}

// The copy is made all the same, unless it is to be whole: it holds the database and every other
// file.
void CopyWriter::note_damaged_file(const Snapshot& snapshot, const std::string& path,
                                   const Error& error) {
  const std::string name = "attachment " + printable_name(path);
  if (whole_) throw DamagedOriginal{Error(ErrorKind::corrupt, name + ": " + error.what())};
  fail({snapshot.id(), snapshot.time,
        Error(ErrorKind::corrupt, name + " is missing from the copy: " + error.what())});
}

void CopyWriter::take(BackupSummary summary) {
  report_.bytes_added += summary.bytes_added;
  if (events_.on_copy) events_.on_copy(summary);
  report_.copies.push_back(std::move(summary));
  refuse_rolled_back(session_);
  if (session_.policy.id == policy_) return;
  policy_ = session_.policy.id;
  if (run_.on_warning) {
    run_.on_warning("the owner has changed the policy of " + session_.vault.storage().describe() +
                    " meanwhile; the rest is copied under the new one. To put what was copied "
                    "before under it as well, copy once more");
  }
}

// Nothing builds on them any more. A run that was killed before it came to this left them to the
// next one.
void CopyWriter::forget_pages(const Bytes16& source) {
  try {
    if (!session_.state.source(source)) return;
    StateTurn turn(session_.state);
    session_.state.forget(source);
  } catch (const StateError&) {
    session_.renew_state(run_);
  }
}

}  // namespace valise
