#include "base/buffer_pool.hpp"

#include <utility>

namespace valise {

BufferPool::Buffer& BufferPool::Buffer::operator=(Buffer&& other) noexcept {
  if (this == &other) return *this;
  give_back();
  pool_ = std::exchange(other.pool_, nullptr);
  memory_ = std::move(other.memory_);
  size_ = std::exchange(other.size_, 0);
  capacity_ = std::exchange(other.capacity_, 0);
  return *this;
}

void BufferPool::Buffer::give_back() noexcept {
  if (pool_ == nullptr) return;
  const std::lock_guard lock(pool_->mutex_);
  // take() made room for it, so that this cannot throw.
  pool_->free_.push_back({std::move(memory_), capacity_});
  pool_ = nullptr;
}

BufferPool::Buffer BufferPool::take(std::size_t size) {
  Buffer buffer;
  {
    const std::lock_guard lock(mutex_);
    if (free_.empty()) {
      free_.reserve(++made_);
    } else {
      buffer.memory_ = std::move(free_.back().memory);
      buffer.capacity_ = free_.back().capacity;
      free_.pop_back();
    }
  }
  if (buffer.capacity_ < size) {
    buffer.capacity_ = 0;
    buffer.memory_ = std::make_unique_for_overwrite<std::uint8_t[]>(size);
    buffer.capacity_ = size;
  }
  buffer.size_ = size;
  buffer.pool_ = this;
  return buffer;
}

}  // namespace valise
