#include "vault/page_gather.hpp"

#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/error.hpp"
#include "base/files.hpp"

namespace valise {
namespace {

// POSIX promises 16 at least; Linux and macOS take 1,024.
constexpr std::size_t kPiecesMax = 1024;

struct PageAt {
  std::uint32_t page;
  const std::uint8_t* bytes;
};

// Writes the pieces of one run; a short write goes on behind its end, piece by piece.
void write_run(int fd, std::span<iovec> pieces, std::uint64_t offset, const std::string& path) {
  ssize_t written = 0;
  do {
    written =
        pwritev(fd, pieces.data(), static_cast<int>(pieces.size()), static_cast<off_t>(offset));
  } while (written < 0 && errno == EINTR);
  if (written < 0) fail_file(ErrorKind::storage, "cannot write", path, errno);
  auto done = static_cast<std::size_t>(written);
  for (const iovec& piece : pieces) {
    const std::size_t skipped = std::min(done, piece.iov_len);
    done -= skipped;
    if (skipped < piece.iov_len) {
      write_all_at(
          fd, {static_cast<const std::uint8_t*>(piece.iov_base) + skipped, piece.iov_len - skipped},
          offset + skipped, path);
    }
    offset += piece.iov_len;
  }
}

}  // namespace

PageGather::PageGather(WorkerPool& pool, int fd, const std::string& path, std::uint32_t page_size)
    : fd_(fd), path_(path), page_size_(page_size), writing_(pool, 1, [](bool) {}) {}

void PageGather::add(PageList pages, BufferPool::Buffer content) {
  bytes_ += content.size();
  groups_.push_back({std::move(pages), std::move(content)});
  if (bytes_ >= kGatherBytes) flush();
}

void PageGather::flush() {
  bytes_ = 0;
  auto groups = std::make_shared<std::vector<Group>>(std::exchange(groups_, {}));
  writing_.submit([this, groups](std::size_t) {
    write(*groups);
    return true;
  });
}

void PageGather::write(const std::vector<Group>& groups) const {
  std::vector<PageAt> pages;
  for (const Group& group : groups) {
    for (std::size_t i = 0; i < group.pages.size(); ++i) {
      pages.push_back({group.pages[i], group.content.view().data() + i * page_size_});
    }
  }
  std::sort(pages.begin(), pages.end(),
            [](const PageAt& a, const PageAt& b) { return a.page < b.page; });
  std::vector<iovec> pieces;
  for (std::size_t first = 0; first < pages.size(); first += pieces.size()) {
    pieces.clear();
    while (first + pieces.size() < pages.size() && pieces.size() < kPiecesMax &&
           pages[first + pieces.size()].page == pages[first].page + pieces.size()) {
      // The interface takes no const pointer, and only reads.
      pieces.push_back({const_cast<std::uint8_t*>(pages[first + pieces.size()].bytes), page_size_});
    }
    write_run(fd_, pieces, std::uint64_t{pages[first].page - 1} * page_size_, path_);
  }
  begin_write_back(fd_, 0, 0);
}

void PageGather::finish() {
  if (!groups_.empty()) flush();
  writing_.drain();
}

}  // namespace valise
