#include <algorithm>

#include "base/error.hpp"
#include "source/capture_vfs.hpp"

namespace valise {

namespace {

// SQLite locks bytes at this offset and stores nothing in the page that holds them
// (https://www.sqlite.org/fileformat2.html, "The Lock-Byte Page").
constexpr std::uint64_t kLockByteOffset = 0x40000000;

[[noreturn]] void fail_order(const std::string& why) {
  throw Error(ErrorKind::internal, "SQLite's backup interface wrote " + why +
                                       ", which this capture does not understand; please report "
                                       "the version of SQLite");
}

}  // namespace

CaptureStream::CaptureStream(PageSink& sink, std::uint32_t page_size, std::uint32_t page_count)
    : sink_(sink), page_size_(page_size), page_count_(page_count) {
  next_ = after(1);
}

std::uint64_t CaptureStream::after(std::uint64_t number) const noexcept {
  const std::uint64_t lock_page = kLockByteOffset / page_size_ + 1;
  return number + 1 == lock_page ? number + 2 : number + 1;
}

bool CaptureStream::write(std::uint64_t offset, ByteSpan bytes) noexcept {
  if (failure_) return false;
  try {
    accept(offset, bytes);
    return true;
  } catch (...) {
    failure_ = std::current_exception();
    return false;
  }
}

void CaptureStream::accept(std::uint64_t offset, ByteSpan bytes) {
  if (bytes.size() != page_size_ || offset % page_size_ != 0) {
    fail_order(std::to_string(bytes.size()) + " bytes at " + std::to_string(offset) +
               " of a database with pages of " + std::to_string(page_size_));
  }
  const std::uint64_t number = offset / page_size_ + 1;
  if (number == 1) {
    first_page_.assign(bytes.begin(), bytes.end());
    return;
  }
  if (number != next_ || number > page_count_) {
    fail_order("page " + std::to_string(number) + " where page " + std::to_string(next_) + " of " +
               std::to_string(page_count_) + " was due");
  }
  next_ = after(number);
  sink_.page(static_cast<std::uint32_t>(number), bytes);
}

bool CaptureStream::read(std::uint64_t offset, MutableByteSpan out) const noexcept {
  std::fill(out.begin(), out.end(), std::uint8_t{0});
  if (offset >= first_page_.size()) return false;
  const auto start = static_cast<std::size_t>(offset);
  const std::size_t count = std::min(out.size(), first_page_.size() - start);
  std::copy_n(first_page_.begin() + static_cast<std::ptrdiff_t>(start), count, out.begin());
  return count == out.size();
}

std::uint64_t CaptureStream::size() const noexcept {
  if (next_ > after(1)) return (next_ - 1) * page_size_;
  return first_page_.size();
}

void CaptureStream::rethrow() const {
  if (failure_) std::rethrow_exception(failure_);
}

void CaptureStream::finish() {
  rethrow();
  if (first_page_.empty() || next_ <= page_count_) {
    fail_order("fewer than " + std::to_string(page_count_) + " pages");
  }
  sink_.page(1, first_page_);
}

}  // namespace valise
