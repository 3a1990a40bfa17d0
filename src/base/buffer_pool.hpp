#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include "base/bytes.hpp"

namespace valise {

/// Memory for large pieces of content, used again and again: a fresh allocation costs a page fault
/// and a wipe for every 4 KiB (measured: an eighth of a restore's time). Not for secrets: nothing
/// is wiped. Thread-safe; outlives its buffers.
class BufferPool {
 public:
  /// Uninitialized memory that goes back to the pool.
  class Buffer {
   public:
    Buffer() = default;
    Buffer(Buffer&& other) noexcept { *this = std::move(other); }
    Buffer& operator=(Buffer&& other) noexcept;
    Buffer(const Buffer&) = delete;
    Buffer& operator=(const Buffer&) = delete;
    ~Buffer() { give_back(); }
    [[nodiscard]] MutableByteSpan span() noexcept { return {memory_.get(), size_}; }
    [[nodiscard]] ByteSpan view() const noexcept { return {memory_.get(), size_}; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }

   private:
    friend class BufferPool;
    void give_back() noexcept;

    BufferPool* pool_ = nullptr;
    std::unique_ptr<std::uint8_t[]> memory_;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
  };

  [[nodiscard]] Buffer take(std::size_t size);

 private:
  struct Free {
    std::unique_ptr<std::uint8_t[]> memory;
    std::size_t capacity = 0;
  };

  std::mutex mutex_;
  std::vector<Free> free_;
  std::size_t made_ = 0;  ///< Buffers that may come back at once.
};

}  // namespace valise
