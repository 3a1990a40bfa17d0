#include "ops/verify_files.hpp"

#include <fmt/format.h>

#include "base/cursor.hpp"
#include "crypto/hash.hpp"
#include "ops/refused_rows.hpp"

namespace valise {
namespace {

/// Keeps nothing: what is compared is the content's hash.
class NoSink final : public FileSink {
 public:
  void write(ByteSpan /*piece*/) override {}
  void finish() override {}
};

/// The same for two files only where their content stands in the same pieces: a copy of a damaged
/// piece may be sound.
std::uint64_t content_mark(const CatalogFile& file) {
  Hasher hasher("valise.seen");
  hasher.update(file.content_hash);
  for (const CatalogPiece& piece : file.pieces) {
    hasher.update(piece.pack);
    hasher.update(ByteWriter().u64(piece.offset).view());
  }
  const Bytes32 hash = hasher.finish();
  return ByteReader(hash, "a content's mark").u64();
}

void conclude(VerifiedSnapshot& result) {
  if (result.files_damaged.count == 0) return;
  result.ok = false;
  const FileFault& first = result.files_damaged.first.front();
  result.problem = fmt::format("{} of its {} files are damaged, the first {}: {}",
                               result.files_damaged.count, result.files, first.path, first.problem);
}

}  // namespace

void FileVerification::report(std::uint64_t bytes) {
  done_bytes_ += bytes;
  if (run_.cancellation != nullptr) run_.cancellation->throw_if_requested();
  if (run_.on_progress) {
    run_.on_progress({.step = "verifying files", .object = {}, .done = done_bytes_, .total = 0});
  }
}

void FileVerification::note(const FileOutcome& outcome, VerifiedSnapshot& result) {
  const std::uint64_t mark = content_mark(outcome.file);
  if (outcome.fate == FileOutcome::Fate::done) {
    if (seen_.size() < kSeenContentsMax) seen_.insert(mark);
    return;
  }
  if (damaged_.size() < kFileFaultsMax) damaged_.emplace(mark, outcome.problem);
  result.files_damaged.add(outcome.file.path, outcome.problem);
}

void FileVerification::check(MergedCatalog& catalog, const std::string& database,
                             VerifiedSnapshot& result) {
  FileFlow flow(view_.vault,
                {.open = [](std::size_t, const CatalogFile&) { return std::make_unique<NoSink>(); },
                 .done = [&](const FileOutcome& outcome) { note(outcome, result); },
                 .on_bytes = [this](std::uint64_t bytes) { report(bytes); }});
  RefusedRows refused(database);
  while (std::optional<CatalogFile> file = catalog.next()) {
    if (file->state == FileState::missing) {
      ++result.files_missing;
      continue;
    }
    if (auto row = refused.add(file->path)) {
      result.files_refused.add(std::move(row->path), row->problem);
    }
    if (file->state != FileState::present) continue;
    ++result.files;
    result.files_bytes += file->size;
    const std::uint64_t mark = content_mark(*file);
    if (seen_.contains(mark)) {
      report(0);
      continue;
    }
    if (const auto known = damaged_.find(mark); known != damaged_.end()) {
      result.files_damaged.add(file->path, known->second);
      continue;
    }
    flow.add(*std::move(file));
  }
  flow.finish();
  conclude(result);
}

void FileVerification::take_over(const VerifiedSnapshot& parent, VerifiedSnapshot& result) {
  result.files = parent.files;
  result.files_bytes = parent.files_bytes;
  result.files_missing = parent.files_missing;
  result.files_damaged = parent.files_damaged;
  result.files_refused = parent.files_refused;
  conclude(result);
}

}  // namespace valise
