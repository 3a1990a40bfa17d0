// The last step of a rebuild: what came out is what was backed up.

#include <algorithm>

#include "base/error.hpp"
#include "base/files.hpp"
#include "vault/rebuild.hpp"

namespace valise {
namespace {

constexpr std::size_t kProofBatchBytes = 1 << 20;

}  // namespace

void DatabaseRebuild::prove() {
  const std::size_t page_size = manifest_.database.page_size;
  const std::uint64_t file_bytes = manifest_.database.page_count * page_size;
  PageRoot root(manifest_.database.page_size,
                static_cast<std::uint32_t>(manifest_.database.page_count));
  OrderedPipeline<Bytes> pipeline(pool_, 2 * pool_.thread_count(), [&](Bytes hashes) {
    root.add(hashes);
    if (run_.cancellation != nullptr) run_.cancellation->throw_if_requested();
  });
  for (std::uint64_t offset = 0; offset < file_bytes; offset += kProofBatchBytes) {
    const auto count =
        static_cast<std::size_t>(std::min<std::uint64_t>(kProofBatchBytes, file_bytes - offset));
    pipeline.submit([this, offset, count, page_size](std::size_t) {
      BufferPool::Buffer buffer = buffers_.take(count);
      const MutableByteSpan batch = buffer.span();
      if (read_at(fd_, batch, offset, path_) != count) {
        throw Error(ErrorKind::storage, path_ + ": it became shorter while it was rebuilt");
      }
      Bytes hashes;
      hashes.reserve(count / page_size * 32);
      for (std::size_t at = 0; at < count; at += page_size) {
        append(hashes, page_hash(batch.subspan(at, page_size)));
      }
      return hashes;
    });
  }
  pipeline.drain();
  if (root.finish() != manifest_.database.page_root) {
    throw Error(ErrorKind::corrupt,
                object_ +
                    ": the rebuilt database differs from the one that was backed up (page "
                    "root); restore another snapshot and run \"valise scrub\"");
  }
}

}  // namespace valise
