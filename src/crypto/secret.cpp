#include "crypto/secret.hpp"

#include <sodium.h>
#include <sys/resource.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include <cassert>
#include <utility>

#include "base/error.hpp"

namespace valise {

void Secret::Free::operator()(std::uint8_t* data) const noexcept { sodium_free(data); }

Secret::Secret(std::size_t size)
    : data_(static_cast<std::uint8_t*>(sodium_malloc(std::max<std::size_t>(size, 1)))),
      size_(size) {
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
#ifdef __linux__
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

}  // namespace valise
