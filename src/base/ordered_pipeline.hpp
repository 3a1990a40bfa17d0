#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace valise {

/// Threads that run tasks in the order they came. The destructor waits for running tasks and drops
/// those that have not begun.
class WorkerPool {
 public:
  /// `threads` = 0: as many as the machine has cores, at least 2, at most 8. Where the system gives
  /// fewer than asked for, those do; throws Error(internal) when it gives none.
  explicit WorkerPool(std::size_t threads = 0);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;
  [[nodiscard]] std::size_t thread_count() const noexcept { return threads_.size(); }
  /// Thread-safe. `worker` is the number of the thread that runs the task, from 0: a place to keep
  /// working memory. A task must not throw: OrderedPipeline below carries exceptions.
  void post(std::function<void(std::size_t worker)> task);

 private:
  void work(std::size_t worker);

  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<std::function<void(std::size_t)>> tasks_;
  bool stopping_ = false;
  std::vector<std::jthread> threads_;
};

/// Runs steps on a pool and hands their results, in the order of submission, to one consumer on the
/// submitting thread. At most `depth` steps are under way, which bounds memory. An exception of a
/// step is thrown from the call that would have consumed its result. Used from one thread.
template <typename Result>
class OrderedPipeline {
 public:
  OrderedPipeline(WorkerPool& pool, std::size_t depth, std::function<void(Result)> consume)
      : pool_(pool), depth_(std::max<std::size_t>(depth, 1)), consume_(std::move(consume)) {}
  /// Waits for the steps under way, whose results are dropped: they may refer to the caller's data.
  ~OrderedPipeline() {
    for (std::future<Result>& result : under_way_) result.wait();
  }
  OrderedPipeline(const OrderedPipeline&) = delete;
  OrderedPipeline& operator=(const OrderedPipeline&) = delete;

  void submit(std::function<Result(std::size_t worker)> step) {
    while (under_way_.size() >= depth_) consume_front();
    // A promise, and not a packaged_task: what the step holds goes when it has run, not when its
    // result is consumed. Shared, because std::function must be copyable.
    auto promise = std::make_shared<std::promise<Result>>();
    under_way_.push_back(promise->get_future());
    pool_.post([promise = std::move(promise), step = std::move(step)](std::size_t worker) {
      try {
        promise->set_value(step(worker));
      } catch (...) {
        promise->set_exception(std::current_exception());
      }
    });
    while (!under_way_.empty() &&
           under_way_.front().wait_for(std::chrono::seconds(0)) == std::future_status::ready) {
      consume_front();
    }
  }

  /// Consumes all that is under way.
  void drain() {
    while (!under_way_.empty()) consume_front();
  }

 private:
  void consume_front() {
    std::future<Result> result = std::move(under_way_.front());
    under_way_.pop_front();
    consume_(result.get());
  }

  WorkerPool& pool_;
  std::size_t depth_;
  std::function<void(Result)> consume_;
  std::deque<std::future<Result>> under_way_;
};

}  // namespace valise
