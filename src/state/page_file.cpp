#include "state/page_file.hpp"

#include <fcntl.h>

#include <cerrno>

namespace valise {
namespace {

constexpr std::size_t kPageFileBufferBytes = 1 << 20;

}  // namespace

PageFile::PageFile(std::filesystem::path path, std::uint64_t end)
    : path_(std::move(path)),
      fd_(::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)),
      written_(end),
      write_back_from_(end) {
  if (!fd_) fail_file(ErrorKind::storage, "cannot open the state", path_, errno);
}

std::uint64_t PageFile::append_group(ByteSpan sealed) {
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

Bytes PageFile::read(std::uint64_t offset, std::size_t size) const {
  Bytes out(size);
  out.resize(read_at(fd_.get(), out, offset, path_));
  return out;
}

}  // namespace valise
