#include "ops/increment_capture.hpp"

#include <algorithm>
#include <utility>

#include "ops/frame_compaction.hpp"
#include "ops/full_capture.hpp"
#include "ops/page_groups.hpp"

namespace valise {
namespace {

constexpr std::size_t kBatchesUnderWay = 8;
constexpr std::size_t kHashBatchBytes = 1 << 20;
// One gathering is compressed while the next one is gathered: with 8 MiB of pages and 8 MiB of
// prefix each, a second one would go over the memory that a backup may take.
constexpr std::size_t kGatheringsUnderWay = 1;

// In a database of a few pages most change every night, and an increment is still the smaller one.
constexpr std::uint32_t kSmallDatabasePages = 16;

bool same(ByteSpan a, ByteSpan b) { return std::equal(a.begin(), a.end(), b.begin(), b.end()); }

}  // namespace

IncrementCapture::IncrementCapture(const Run& run, ContainerWriter* writer, State& state,
                                   const SourceState& parent, std::uint32_t page_size,
                                   std::uint32_t page_count)
    : run_(run),
      writer_(writer),
      state_(state),
      parent_(parent),
      page_size_(page_size),
      page_count_(page_count),
      comparing_(pool_, kBatchesUnderWay, [this](const Compared& compared) { take(compared); }),
      sealing_(pool_, kGatheringsUnderWay, [this](Sealed sealed) { store(std::move(sealed)); }) {
  if (writer != nullptr) {
    ledger_.emplace(state, parent.source, writer->bid(), page_size, page_count);
  }
  check_old_root();
}

// A page whose hash seems unchanged is left out of the increment, so the hashes must be the ones of
// the parent: together they give its page root.
void IncrementCapture::check_old_root() {
  if (parent_.page_count == 0) throw NeedsFull{"last night's page hashes are not at hand"};
  PageRoot root(parent_.page_size, parent_.page_count);
  for (std::uint32_t chunk = 0; chunk <= (parent_.page_count - 1) / kHashChunkPages; ++chunk) {
    std::optional<Bytes> hashes = state_.hashes(parent_.source, chunk);
    const std::uint64_t rest = parent_.page_count - std::uint64_t{chunk} * kHashChunkPages;
    if (!hashes || hashes->size() != 32 * std::min<std::uint64_t>(kHashChunkPages, rest)) {
      throw NeedsFull{"last night's page hashes are not at hand"};
    }
    root.add(*hashes);
    if (chunk == 0) old_first_chunk_ = std::move(*hashes);
  }
  if (root.finish() != parent_.page_root) {
    throw NeedsFull{"last night's page hashes are not those of the last backup"};
  }
}

// The hashes of `count` pages from `first` on as they were last night; fewer when the database has
// grown. Rows are read once each, in order, since pages come in order.
Bytes IncrementCapture::old_hashes(std::uint32_t first, std::size_t count) {
  Bytes out;
  out.reserve(count * 32);
  for (std::uint64_t page = first; page < first + count && page <= parent_.page_count; ++page) {
    const std::uint32_t index = static_cast<std::uint32_t>(page) - 1;
    const std::uint32_t chunk = index / kHashChunkPages;
    if (chunk != old_chunk_ && chunk != 0) {
      std::optional<Bytes> hashes = state_.hashes(parent_.source, chunk);
      if (!hashes) throw NeedsFull{"last night's page hashes are not at hand"};
      old_chunk_hashes_ = std::move(*hashes);
      old_chunk_ = chunk;
    }
    const Bytes& from = chunk == 0 ? old_first_chunk_ : old_chunk_hashes_;
    const std::size_t at = std::size_t{index % kHashChunkPages} * 32;
    if (at + 32 > from.size()) throw NeedsFull{"last night's page hashes are not at hand"};
    append(out, ByteSpan(from).subspan(at, 32));
  }
  return out;
}

void IncrementCapture::page(std::uint32_t number, ByteSpan bytes) {
  if (!batch_.empty() && (number != batch_next_ || batch_.size() >= kHashBatchBytes)) flush_batch();
  if (batch_.empty()) {
    batch_first_ = number;
    batch_.reserve(kHashBatchBytes);
  }
  append(batch_, bytes);
  batch_next_ = number + 1;
}

void IncrementCapture::unchanged(std::uint32_t first, std::uint32_t count) {
  if (!batch_.empty()) flush_batch();
  // One step holds the hashes of so many pages: half a megabyte of them.
  constexpr std::uint32_t kStepPages = 16 * 1024;
  for (std::uint32_t done = 0; done < count; done += kStepPages) {
    const std::uint32_t at = first + done;
    const std::uint32_t pages = std::min(kStepPages, count - done);
    done_bytes_ += std::uint64_t{pages} * page_size_;
    Bytes hashes = old_hashes(at, pages);
    if (hashes.size() != std::size_t{pages} * 32) {
      throw NeedsFull{"last night's page hashes are not at hand"};
    }
    comparing_.submit([at, hashes = std::move(hashes)](std::size_t) mutable {
      return Compared{at, {}, std::move(hashes), {}, {}};
    });
  }
}

void IncrementCapture::flush_batch() {
  done_bytes_ += batch_.size();
  if (run_.cancellation != nullptr) run_.cancellation->throw_if_requested();
  if (run_.on_progress) {
    run_.on_progress({.step = "backing up",
                      .object = {},
                      .done = done_bytes_,
                      .total = std::uint64_t{page_size_} * page_count_});
  }
  Bytes old = old_hashes(batch_first_, batch_.size() / page_size_);
  comparing_.submit([first = batch_first_, page_size = page_size_, old = std::move(old),
                     content = std::exchange(batch_, {})](std::size_t) mutable {
    Compared out{first, std::move(content), {}, std::move(old), {}};
    out.hashes = page_hashes(out.content, page_size);
    for (std::size_t at = 0; at < out.hashes.size(); at += 32) {
      if (at >= out.old_hashes.size() ||
          !same(ByteSpan(out.hashes).subspan(at, 32), ByteSpan(out.old_hashes).subspan(at, 32))) {
        out.changed.push_back(static_cast<std::uint32_t>(at / 32));
      }
    }
    return out;
  });
}

void IncrementCapture::take(const Compared& compared) {
  if (ledger_) ledger_->put_run(compared.first, compared.hashes);
  changed_ += compared.changed.size();
  if (changed_ > page_count_ / 2 && page_count_ > kSmallDatabasePages) {
    throw NeedsFull{"more than half of the pages have changed"};
  }
  if (writer_ == nullptr) return;
  for (const std::uint32_t index : compared.changed) {
    const std::uint32_t number = compared.first + index;
    const ByteSpan bytes =
        ByteSpan(compared.content).subspan(std::size_t{index} * page_size_, page_size_);
    const bool existed = number <= parent_.page_count;
    const ByteSpan hash =
        existed ? ByteSpan(compared.old_hashes).subspan(std::size_t{index} * 32, 32) : ByteSpan{};
    if (number == 1) {
      // Page 1 comes last and stands first.
      gathering_.pages.insert(gathering_.pages.begin(), number);
      gathering_.content.insert(gathering_.content.begin(), bytes.begin(), bytes.end());
      gathering_.old_pages.insert(gathering_.old_pages.begin(), number);
      gathering_.old_hashes.insert(gathering_.old_hashes.begin(), hash.begin(), hash.end());
    } else {
      if (gathering_.pages.empty()) gathering_.content.reserve(kDeltaGroupBytes);
      gathering_.pages.push_back(number);
      append(gathering_.content, bytes);
      if (existed) gathering_.old_pages.push_back(number);
      append(gathering_.old_hashes, hash);
    }
    if (gathering_.content.size() + page_size_ > kDeltaGroupBytes) flush_gathering();
  }
}

void IncrementCapture::flush_gathering() {
  if (gathering_.pages.empty()) return;
  auto gathering = std::make_shared<OldPages>(std::exchange(gathering_, {}));
  if (!fetch_old_pages(state_, parent_, pool_, *gathering)) {
    throw NeedsFull{"last night's pages are not at hand"};
  }
  const std::uint64_t index = next_record_++;
  sealing_.submit([this, index, gathering](std::size_t) {
    return seal_gathering(index, std::move(*gathering));
  });
}

IncrementCapture::Sealed IncrementCapture::seal_gathering(std::uint64_t index, OldPages gathering) {
  Sealed sealed;
  sealed.plain_bytes = static_cast<std::uint32_t>(gathering.content.size());
  {
    const Bytes payload =
        PageCompressor().delta(gathering.pages, gathering.content, gathering.old_content);
    // Nothing of 8 MiB is held longer than it is needed.
    Bytes().swap(gathering.old_content);
    sealed.record = seal_record(writer_->dek(), writer_->bid(), index, payload);
  }
  PageCompressor compressor;
  // For tomorrow the state keeps the same pages in plain frames: a delta would be of no use as a
  // prefix. Sealed when stored, where their numbers are known.
  PageGroups groups(page_size_, [&](PageList pages, Bytes content) {
    sealed.frame_plain_bytes.push_back(static_cast<std::uint32_t>(content.size()));
    Bytes frame = compressor.full(pages, content);
    sealed.frames.emplace_back(std::move(pages), std::move(frame));
  });
  for (std::size_t i = 0; i < gathering.pages.size(); ++i) {
    groups.add(gathering.pages[i], ByteSpan(gathering.content).subspan(i * page_size_, page_size_));
  }
  groups.finish();
  return sealed;
}

void IncrementCapture::store(Sealed sealed) {
  writer_->add_record(std::move(sealed.record),
                      {.kind = RecordKind::delta_pages, .plain_bytes = sealed.plain_bytes});
  for (std::size_t i = 0; i < sealed.frames.size(); ++i) {
    const auto& [pages, payload] = sealed.frames[i];
    const FrameAt at{.generation = writer_->bid(),
                     .number = next_frame_++,
                     .plain_bytes = sealed.frame_plain_bytes[i]};
    state_.put_frame(parent_.source, at, pages,
                     state_.seal_frame(at.generation, at.number, payload));
  }
}

void IncrementCapture::count_rest() {
  if (!batch_.empty()) flush_batch();
  comparing_.drain();
}

Bytes32 IncrementCapture::finish() {
  count_rest();
  flush_gathering();
  sealing_.drain();
  compact_frames(state_, run_, parent_.source, page_size_, page_count_, changed_, writer_->bid(),
                 next_frame_);
  return ledger_->finish();
}

}  // namespace valise
