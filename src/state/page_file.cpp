#include "state/page_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace valise {
namespace {

constexpr std::size_t kPageFileBufferBytes = 1 << 20;

}  // namespace

PageFile::PageFile(std::filesystem::path path, std::uint64_t end, std::vector<FreeRange> free)
    : path_(std::move(path)),
      fd_(::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)),
      written_(end),
      write_back_from_(end),
      free_(std::move(free)) {
  if (!fd_) fail_file(ErrorKind::storage, "cannot open the state", path_, errno);
}

std::uint64_t PageFile::put_group(ByteSpan sealed) {
  const auto room = std::find_if(free_.begin(), free_.end(), [&](const FreeRange& range) {
    return range.size >= sealed.size();
  });
  if (room != free_.end()) {
    const std::uint64_t offset = room->offset;
    write_all_at(fd_.get(), sealed, offset, path_);
    room->offset += sealed.size();
    room->size -= sealed.size();
    if (room->size == 0) free_.erase(room);
    return offset;
  }
  const std::uint64_t offset = written_ + buffer_.size();
  if (buffer_.capacity() < kPageFileBufferBytes) buffer_.reserve(kPageFileBufferBytes);
  append(buffer_, sealed);
  if (buffer_.size() >= kPageFileBufferBytes) flush();
  return offset;
}

void PageFile::flush() {
  if (buffer_.empty()) return;
  write_all_at(fd_.get(), buffer_, written_, path_);
  written_ += buffer_.size();
  buffer_.clear();
  if (written_ - write_back_from_ >= kWriteBackBytes) {
    begin_write_back(fd_.get(), write_back_from_, written_ - write_back_from_);
    write_back_from_ = written_;
  }
}

void PageFile::sync() const { sync_file(fd_.get(), path_); }

void PageFile::cut(std::uint64_t end) const {
  if (::ftruncate(fd_.get(), static_cast<off_t>(end)) != 0) {
    fail_file(ErrorKind::storage, "cannot shorten the state", path_, errno);
  }
}

Bytes PageFile::read(std::uint64_t offset, std::size_t size) const {
  Bytes out(size);
  out.resize(read_at(fd_.get(), out, offset, path_));
  return out;
}

}  // namespace valise
