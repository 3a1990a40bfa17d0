#include "ops/snapshot_files.hpp"

#include <algorithm>
#include <utility>

#include "ops/catalog_records.hpp"
#include "ops/usable_packs.hpp"

namespace valise {

StagedFiles::StagedFiles(const Run& run, const Vault& vault, State& state, const Bytes16& source)
    : run_(run),
      vault_(vault),
      state_(state),
      source_(source),
      first_of_run_(next_pack_number(state)) {}

std::set<std::uint32_t> StagedFiles::usable() const {
  return usable_packs(vault_, state_, *run_.clock, first_of_run_);
}

LiveFiles::LiveFiles(const Run& run, const Vault& vault, State& state, const Bytes16& source,
                     const MediaPlace& place, FileNotices& notices, FileCounts& counts)
    : StagedFiles(run, vault, state, source), place_(place), notices_(notices), counts_(counts) {}

// What is new was new to the pass that read it; all else is as this pass found it. A file that came
// and went between two passes was in no snapshot.
void LiveFiles::add_earlier_pass(const FileCounts& before) {
  counts_.files_new = std::min(counts_.files_new + before.files_new, counts_.files);
  counts_.bytes_new += before.bytes_new;
  counts_.gone = before.gone;
  counts_.bytes_added += before.bytes_added;
  counts_.given_up += before.given_up;
}

void LiveFiles::stage(const AttachmentRows& rows, bool dry_run,
                      const std::function<void(std::uint64_t bytes)>& on_read) {
  notices_.begin_pass();
  PacksAtHand packs(vault_, state_, usable());
  const FileCounts before = counts_;
  MediaCapture capture(run_, dry_run ? nullptr : &vault_, state_, source_, packs, notices_,
                       counts_);
  if (drop_lost_) capture.drop_lost();
  staged_ =
      capture.run(place_, rows, was_staged_ ? staged_.chunks : state_.catalog(source_), on_read);
  if (std::exchange(was_staged_, true)) add_earlier_pass(before);
}

std::vector<Bytes32> StagedFiles::write_catalog(ContainerWriter& writer, bool full) {
  CatalogRecords records(state_, writer);
  if (full) {
    records.write_full(staged_.chunks);
  } else {
    records.write_changes(state_.catalog(source_), staged_.chunks);
  }
  return records.refs();
}

void StagedFiles::check_packs() {
  const std::set<std::uint32_t> packs = usable();
  const bool all = std::all_of(staged_.packs.begin(), staged_.packs.end(), [&](std::uint32_t pack) {
    return packs.contains(pack) || staged_.absent.contains(pack);
  });
  if (!all) throw PacksGone{};
}

void StagedFiles::commit(State& state) {
  state.set_catalog(source_, staged_.chunks, staged_.packs);
}

}  // namespace valise
