#include "base/ordered_pipeline.hpp"

#include <algorithm>
#include <system_error>

#include "base/error.hpp"

namespace valise {

WorkerPool::WorkerPool(std::size_t threads) {
  if (threads == 0) threads = std::clamp<std::size_t>(std::thread::hardware_concurrency(), 2, 8);
  threads_.reserve(threads);
  try {
    while (threads_.size() < threads) {
      threads_.emplace_back([this, worker = threads_.size()] { work(worker); });
    }
  } catch (const std::system_error& error) {
    if (threads_.empty()) {
      throw Error(ErrorKind::internal, std::string("cannot start a thread: ") + error.what());
    }
  }
}

WorkerPool::~WorkerPool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    // Outside of the lock would do as well, but a dropped task may hold the last reference to
    // something: it goes here, not in a thread.
    tasks_.clear();
  }
  ready_.notify_all();
  // The threads are joined by the destructor of threads_, the last member.
}

void WorkerPool::post(std::function<void(std::size_t)> task) {
  {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
  }
  ready_.notify_one();
}

void WorkerPool::work(std::size_t worker) {
  for (;;) {
    std::function<void(std::size_t)> task;
    {
      std::unique_lock lock(mutex_);
      ready_.wait(lock, [this] { return stopping_ || !tasks_.empty(); });
      if (stopping_) return;
      task = std::move(tasks_.front());
      tasks_.pop_front();
    }
    task(worker);
  }
}

}  // namespace valise
