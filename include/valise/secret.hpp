#pragma once

#include <memory>

#include "valise/bytes.hpp"

namespace valise {

/// Bytes that must not leak: in their own locked, guarded pages, wiped when they go, left out of
/// core dumps, move-only and without any way to print them. Throws Error(internal) when memory
/// cannot be had. Not thread-safe for writing.
class Secret {
 public:
  Secret() = default;
  /// `size` zero bytes.
  explicit Secret(std::size_t size);
  [[nodiscard]] static Secret copy_of(ByteSpan bytes);
  [[nodiscard]] static Secret random(std::size_t size);

  Secret(Secret&&) noexcept;
  Secret& operator=(Secret&&) noexcept;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret() = default;

  [[nodiscard]] Secret clone() const { return copy_of(view()); }
  [[nodiscard]] ByteSpan view() const noexcept { return {data_.get(), size_}; }
  [[nodiscard]] MutableByteSpan mutable_view() noexcept { return {data_.get(), size_}; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  /// Shortens to the first `size` bytes and wipes the rest; a size beyond the present one is a
  /// programmer's error.
  void truncate(std::size_t size);

 private:
  struct Free {
    Free() noexcept : allocated(0) {}
    explicit Free(std::size_t size) noexcept : allocated(size) {}
    std::size_t allocated;
    void operator()(std::uint8_t* data) const noexcept;
  };
  std::unique_ptr<std::uint8_t, Free> data_;
  std::size_t size_ = 0;
};

/// Compares in constant time; false for different lengths.
[[nodiscard]] bool equal_secret(ByteSpan a, ByteSpan b) noexcept;

/// Overwrites memory that held a secret, in a way the compiler does not leave out.
void wipe(MutableByteSpan bytes) noexcept;
/// The same for a string, which is empty afterwards.
void wipe(std::string& text) noexcept;

/// Must be called once before anything else of this room: starts libsodium, switches core dumps
/// off and, where the system knows how, forbids other processes of the user to read this one's
/// memory. Safe to call again, from any thread.
void start_crypto();

}  // namespace valise
