#include "crypto/secret.hpp"

#include <sodium.h>
#include <sys/resource.h>
#ifdef __linux__
#include <malloc.h>
#include <sys/prctl.h>
#endif

#include <array>
#include <cassert>
#include <mutex>
#include <utility>

#include "base/error.hpp"

namespace valise {

namespace {

// A guarded allocation costs several system calls, and a backup derives thousands of keys: those of
// the usual sizes are wiped and kept for the next one, each still between its own guard pages.
constexpr std::size_t kSmallBytes = 64;
constexpr std::size_t kKeptMax = 256;

class KeptCells {
 public:
  std::uint8_t* take() noexcept {
    const std::lock_guard<std::mutex> lock(mutex_);
    return count_ == 0 ? nullptr : cells_[--count_];
  }
  bool give(std::uint8_t* cell) noexcept {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (count_ == kKeptMax) return false;
    cells_[count_++] = cell;
    return true;
  }

 private:
  std::mutex mutex_;
  std::array<std::uint8_t*, kKeptMax> cells_{};
  std::size_t count_ = 0;
};

// Never destroyed: secrets with static lifetime may come back after main.
KeptCells& kept_cells() {
  static KeptCells* const cells = new KeptCells;
  return *cells;
}

std::uint8_t* allocate(std::size_t size) {
  if (size > kSmallBytes) return static_cast<std::uint8_t*>(sodium_malloc(size));
  if (std::uint8_t* cell = kept_cells().take()) return cell;
  return static_cast<std::uint8_t*>(sodium_malloc(kSmallBytes));
}

}  // namespace

void Secret::Free::operator()(std::uint8_t* data) const noexcept {
  if (allocated > kSmallBytes) {
    sodium_free(data);
    return;
  }
  sodium_memzero(data, kSmallBytes);
  if (!kept_cells().give(data)) sodium_free(data);
}

Secret::Secret(std::size_t size) : data_(allocate(size), Free{size}), size_(size) {
  if (!data_) throw Error(ErrorKind::internal, "no memory for a key");
  sodium_memzero(data_.get(), size_);
}

Secret Secret::copy_of(ByteSpan bytes) {
  Secret out(bytes.size());
  std::copy(bytes.begin(), bytes.end(), out.data_.get());
  return out;
}

Secret Secret::random(std::size_t size) {
  Secret out(size);
  randombytes_buf(out.data_.get(), size);
  return out;
}

Secret::Secret(Secret&& other) noexcept
    : data_(std::move(other.data_)), size_(std::exchange(other.size_, 0)) {}

Secret& Secret::operator=(Secret&& other) noexcept {
  data_ = std::move(other.data_);
  size_ = std::exchange(other.size_, 0);
  return *this;
}

void Secret::truncate(std::size_t size) {
  assert(size <= size_);
  sodium_memzero(data_.get() + size, size_ - size);
  size_ = size;
}

bool equal_secret(ByteSpan a, ByteSpan b) noexcept {
  return a.size() == b.size() && (a.empty() || sodium_memcmp(a.data(), b.data(), a.size()) == 0);
}

void wipe(MutableByteSpan bytes) noexcept {
  if (!bytes.empty()) sodium_memzero(bytes.data(), bytes.size());
}

void wipe(std::string& text) noexcept {
  if (!text.empty()) sodium_memzero(text.data(), text.size());
  text.clear();
}

void start_crypto() {
  if (sodium_init() < 0) throw Error(ErrorKind::internal, "libsodium does not start");
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
#ifdef __GLIBC__
  // Buffers of a record come and go thousands of times: giving each back to the system costs more
  // than sealing it (measured: a fifth of a first backup). The values bound what is kept.
  mallopt(M_MMAP_THRESHOLD, 32 * 1024 * 1024);
  // One heap for all threads: what one frees another can use. With a heap each, the peak of an
  // increment whose pages do not compress was half as high again (measured), and no run quicker.
  mallopt(M_ARENA_MAX, 1);
  mallopt(M_TRIM_THRESHOLD, 64 * 1024 * 1024);
#endif
#ifdef __linux__
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

}  // namespace valise
