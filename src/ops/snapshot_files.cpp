#include "ops/snapshot_files.hpp"

#include <algorithm>

#include "ops/catalog_records.hpp"
#include "ops/usable_packs.hpp"

namespace valise {

LiveFiles::LiveFiles(const Run& run, const Vault& vault, State& state, const Bytes16& source,
                     const MediaPlace& place, const AttachmentRows& rows, FileNotices& notices,
                     FileCounts& counts)
    : StagedFiles(vault, state, source),
      run_(run),
      place_(place),
      rows_(rows),
      notices_(notices),
      counts_(counts) {}

void LiveFiles::stage(bool dry_run) {
  notices_.begin_pass();
  const std::set<std::uint32_t> usable = usable_packs(vault_, state_);
  MediaCapture capture(run_, dry_run ? nullptr : &vault_, state_, source_, usable, notices_,
                       counts_);
  staged_ = capture.run(place_, rows_);
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
  const std::set<std::uint32_t> usable = usable_packs(vault_, state_);
  if (!std::includes(usable.begin(), usable.end(), staged_.packs.begin(), staged_.packs.end())) {
    throw PacksGone{};
  }
}

void StagedFiles::commit(State& state) {
  state.set_catalog(source_, staged_.chunks, staged_.packs);
}

}  // namespace valise
