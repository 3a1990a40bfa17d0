// What the steps of a MediaCapture come to, in the order of the catalog: rows, and pieces in packs.

#include <utility>

#include "ops/media_capture.hpp"

namespace valise {

void MediaCapture::take(Step step) {
  if (const auto* reuse = std::get_if<ReuseChunk>(&step)) {
    if (stage_) stage_->reuse(reuse->chunk);
  } else if (auto* rows = std::get_if<Rows>(&step)) {
    for (StoredFile& row : rows->files) put_row(std::move(row));
  } else if (auto* reads = std::get_if<Reads>(&step)) {
    for (ReadJob& job : reads->jobs) {
      const std::uint64_t bytes = job.read.stored.file.size;
      take_read(std::move(job));
      note_read(bytes);
    }
  } else if (const auto* large = std::get_if<LargePiece>(&step)) {
    stage_->add_piece(large->piece);
    done_bytes_ += large->piece.plain_bytes;
    note_read(large->piece.plain_bytes);
  } else if (auto* end = std::get_if<LargeEnd>(&step)) {
    if (end->job.file.path.empty()) {
      stage_->drop_pieces();
    } else {
      take_read(std::move(end->job));
    }
  }
  if (run_.on_progress) {
    run_.on_progress({.step = "backing up attachments", .object = {}, .done = done_bytes_});
  }
}

// It was small when it was listed. Rare: here and now, without the workers.
void MediaCapture::read_grown(ReadJob& job) {
  PieceReader reader(*walk_, job.file.found);
  while (reader.unreadable().empty()) {
    Bytes piece = reader.next();
    if (piece.empty()) break;
    stage_->add_piece(sealers_.front().seal(std::move(piece)));
  }
  job.read.unreadable = reader.unreadable();
  if (job.read.unreadable.empty()) job.read.stored = reader.finish(job.read.changing);
}

void MediaCapture::take_read(ReadJob job) {
  if (job.read.too_large) read_grown(job);
  if (!job.read.unreadable.empty()) {
    stage_->drop_pieces();
    ++counts_.unreadable;
    notice(FileNotice::Kind::unreadable, job.file.path, job.file.found.identity.size,
           job.read.unreadable);
    if (job.file.had) {
      keep_old(job.file.old.file);
      return put_row(std::move(job.file.old));
    }
    if (job.file.is_named || !job.file.old.file.path.empty()) {
      ++counts_.lacking;
      ++counts_.without_content;
      put_row(missing_row(job.file));
    }
    return;
  }
  if (job.read.changing) {
    ++counts_.unreadable;
    notice(FileNotice::Kind::changing, job.file.path, job.read.stored.file.size,
           "it changed each time it was read; this is how it was at the last time");
  }
  ++counts_.files;
  if (!stage_->known(job.read.stored.file.content_hash)) {
    for (const SealedPiece& piece : job.read.pieces) {
      stage_->add_piece(piece);
      done_bytes_ += piece.plain_bytes;
    }
  }
  stage_->place(job.read.stored);
  const CatalogFile& before = job.file.old.file;
  if (before.state != FileState::present || before.path.empty() ||
      before.content_hash != job.read.stored.file.content_hash) {
    ++counts_.files_new;
    counts_.bytes_new += job.read.stored.file.size;
  }
  put_row(std::move(job.read.stored));
}

void MediaCapture::put_row(StoredFile row) {
  if (stage_) stage_->put(std::move(row));
}

}  // namespace valise
