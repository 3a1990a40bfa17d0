#include "ops/full_capture.hpp"

#include <utility>

namespace valise {
namespace {

// Deep enough, 32 MiB, that after the last page the workers have something to do while the content
// is counted.
constexpr std::size_t kStepsUnderWay = 128;

}  // namespace

Bytes page_hashes(ByteSpan content, std::uint32_t page_size) {
  Bytes hashes;
  hashes.reserve(content.size() / page_size * 32);
  for (std::size_t at = 0; at < content.size(); at += page_size) {
    append(hashes, page_hash(content.subspan(at, page_size)));
  }
  return hashes;
}

FullCapture::FullCapture(const Run& run, ContainerWriter& writer, State& state,
                         const Bytes16& source, std::uint32_t page_size, std::uint32_t page_count)
    : run_(run),
      writer_(writer),
      state_(state),
      source_(source),
      page_size_(page_size),
      total_bytes_(std::uint64_t{page_size} * page_count),
      compressors_(pool_.thread_count()),
      ledger_(state, source, writer.bid(), page_size, page_count),
      groups_(page_size, [this](PageList pages,
                                Bytes content) { compress(std::move(pages), std::move(content)); }),
      sealing_(pool_, kStepsUnderWay, [this](Sealed sealed) { store(std::move(sealed)); }) {}

void FullCapture::page(std::uint32_t number, ByteSpan bytes) {
  done_bytes_ += bytes.size();
  groups_.add(number, bytes);
}

void FullCapture::compress(PageList pages, Bytes content) {
  if (run_.cancellation != nullptr) run_.cancellation->throw_if_requested();
  if (run_.on_progress) {
    run_.on_progress(
        {.step = "backing up", .object = {}, .done = done_bytes_, .total = total_bytes_});
  }
  const std::uint64_t index = next_record_++;
  sealing_.submit([this, index, pages = std::move(pages),
                   content = std::move(content)](std::size_t worker) mutable {
    const Bytes payload = compressors_[worker].full(pages, content);
    Sealed sealed;
    sealed.plain_bytes = static_cast<std::uint32_t>(content.size());
    sealed.hashes = page_hashes(content, page_size_);
    sealed.record = seal_record(writer_.dek(), writer_.bid(), index, payload);
    sealed.frame = state_.seal_frame(writer_.bid(), index, payload);
    sealed.pages = std::move(pages);
    return sealed;
  });
}

void FullCapture::store(Sealed sealed) {
  for (std::size_t i = 0; i < sealed.pages.size(); ++i) {
    ledger_.put(sealed.pages[i], ByteSpan(sealed.hashes).subspan(i * 32, 32));
  }
  const std::uint64_t index = writer_.record_count();
  writer_.add_record(std::move(sealed.record),
                     {.kind = RecordKind::pages, .plain_bytes = sealed.plain_bytes});
  state_.put_frame(
      source_, {.generation = writer_.bid(), .number = index, .plain_bytes = sealed.plain_bytes},
      sealed.pages, sealed.frame);
}

Bytes32 FullCapture::finish() {
  groups_.finish();
  sealing_.drain();
  return ledger_.finish();
}

}  // namespace valise
