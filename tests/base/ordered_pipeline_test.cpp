#include "base/ordered_pipeline.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <latch>
#include <numeric>
#include <set>
#include <stdexcept>

#include "base/error.hpp"
#include "support/error_kind.hpp"

using namespace valise;
using namespace valise::test;
using std::chrono::milliseconds;

namespace {

std::vector<int> counted(int count) {
  std::vector<int> numbers(static_cast<std::size_t>(count));
  std::iota(numbers.begin(), numbers.end(), 0);
  return numbers;
}

}  // namespace

TEST_CASE("a pool has the threads asked for, or as many as the machine suggests") {
  CHECK(WorkerPool(3).thread_count() == 3);
  CHECK(WorkerPool(1).thread_count() == 1);
  const WorkerPool suggested;
  CHECK(suggested.thread_count() >= 2);
  CHECK(suggested.thread_count() <= 8);
}

TEST_CASE("all threads of a pool work at once, each with a number of its own") {
  WorkerPool pool(3);
  std::latch all_here(3);
  std::mutex mutex;
  std::set<std::size_t> numbers;
  std::latch done(3);
  for (int i = 0; i < 3; ++i) {
    pool.post([&](std::size_t worker) {
      all_here.arrive_and_wait();  // Would never return with fewer threads.
      {
        const std::lock_guard lock(mutex);
        numbers.insert(worker);
      }
      done.count_down();
    });
  }
  done.wait();
  const std::lock_guard lock(mutex);
  CHECK(numbers == std::set<std::size_t>{0, 1, 2});
}

TEST_CASE("a pool that goes waits for running tasks and drops those that have not begun") {
  std::atomic<bool> finished{false};
  std::atomic<int> begun{0};
  {
    std::latch running(1);
    WorkerPool pool(1);
    pool.post([&](std::size_t) {
      running.count_down();
      std::this_thread::sleep_for(milliseconds(100));
      finished = true;
    });
    for (int i = 0; i < 10; ++i) pool.post([&](std::size_t) { ++begun; });
    running.wait();
  }
  CHECK(finished);
  CHECK(begun == 0);
}

TEST_CASE("results come in the order of submission, whichever step is done first") {
  WorkerPool pool(4);
  std::vector<int> results;
  OrderedPipeline<int> pipeline(pool, 8, [&](int result) { results.push_back(result); });
  for (int i = 0; i < 200; ++i) {
    pipeline.submit([i](std::size_t) {
      if (i % 7 == 0) std::this_thread::sleep_for(milliseconds(2));
      return i;
    });
  }
  pipeline.drain();
  CHECK(results == counted(200));
  pipeline.drain();
  CHECK(results.size() == 200);
}

TEST_CASE("results are consumed on the thread that submits") {
  WorkerPool pool(2);
  const auto self = std::this_thread::get_id();
  int elsewhere = 0;
  OrderedPipeline<int> pipeline(pool, 2, [&](int) {
    if (std::this_thread::get_id() != self) ++elsewhere;
  });
  for (int i = 0; i < 20; ++i) pipeline.submit([](std::size_t) { return 0; });
  pipeline.drain();
  CHECK(elsewhere == 0);
}

TEST_CASE("at most `depth` results are under way, which bounds memory") {
  for (const std::size_t depth : {std::size_t{0}, std::size_t{1}, std::size_t{3}}) {
    CAPTURE(depth);
    WorkerPool pool(4);
    std::atomic<int> alive{0};
    std::atomic<int> most{0};
    std::vector<int> results;
    OrderedPipeline<int> pipeline(pool, depth, [&](int result) {
      --alive;
      results.push_back(result);
    });
    for (int i = 0; i < 50; ++i) {
      pipeline.submit([&, i](std::size_t) {
        const int now = ++alive;
        int before = most;
        while (before < now && !most.compare_exchange_weak(before, now)) {
        }
        return i;
      });
    }
    pipeline.drain();
    CHECK(most <= static_cast<int>(std::max<std::size_t>(depth, 1)));
    CHECK(results == counted(50));
  }
}

TEST_CASE("steps run side by side") {
  WorkerPool pool(2);
  std::latch both(2);
  int results = 0;
  OrderedPipeline<int> pipeline(pool, 2, [&](int) { ++results; });
  for (int i = 0; i < 2; ++i) {
    pipeline.submit([&](std::size_t) {
      both.arrive_and_wait();  // Would never return one after the other.
      return 0;
    });
  }
  pipeline.drain();
  CHECK(results == 2);
}

TEST_CASE("the exception of a step comes where its result would have been consumed") {
  WorkerPool pool(2);
  std::vector<int> results;
  OrderedPipeline<int> pipeline(pool, 4, [&](int result) { results.push_back(result); });
  const auto run = [&] {
    for (int i = 0; i < 20; ++i) {
      pipeline.submit([i](std::size_t) -> int {
        if (i == 5) throw Error(ErrorKind::corrupt, "step 5");
        return i;
      });
    }
    pipeline.drain();
  };
  CHECK(message_of(run) == "step 5");
  CHECK(results == counted(5));
  // What was under way behind it is still there, and the pool still works.
  pipeline.drain();
  pipeline.submit([](std::size_t) { return 100; });
  pipeline.drain();
  CHECK(results.back() == 100);
}

TEST_CASE("the exception of the consumer ends the call and loses no thread") {
  WorkerPool pool(2);
  int consumed = 0;
  const auto run = [&] {
    OrderedPipeline<int> pipeline(pool, 2, [&](int) {
      if (++consumed == 3) throw Error(ErrorKind::storage, "full");
    });
    for (int i = 0; i < 10; ++i) pipeline.submit([](std::size_t) { return 0; });
    pipeline.drain();
  };
  CHECK(kind_of(run) == ErrorKind::storage);
  CHECK(consumed == 3);
}

TEST_CASE("a pipeline that goes waits for its steps, which may use the caller's data") {
  WorkerPool pool(2);
  std::atomic<int> done{0};
  {
    OrderedPipeline<int> pipeline(pool, 4, [](int) {});
    for (int i = 0; i < 4; ++i) {
      pipeline.submit([&](std::size_t) {
        std::this_thread::sleep_for(milliseconds(30));
        return ++done;
      });
    }
  }
  CHECK(done == 4);
}

TEST_CASE("results may be movable only") {
  WorkerPool pool(2);
  int sum = 0;
  OrderedPipeline<std::unique_ptr<int>> pipeline(pool, 3, [&](auto number) { sum += *number; });
  for (int i = 1; i <= 10; ++i) {
    pipeline.submit([i](std::size_t) { return std::make_unique<int>(i); });
  }
  pipeline.drain();
  CHECK(sum == 55);
}

TEST_CASE("what a step holds goes when it has run, though its result still waits") {
  WorkerPool pool(2);
  std::latch first_may_end(1);
  OrderedPipeline<int> pipeline(pool, 4, [](int) {});
  pipeline.submit([&](std::size_t) {
    first_may_end.wait();
    return 0;
  });
  auto held = std::make_shared<int>(0);
  const std::weak_ptr<int> watched = held;
  pipeline.submit([held = std::move(held)](std::size_t) { return *held; });
  for (int i = 0; i < 5000 && !watched.expired(); ++i) std::this_thread::sleep_for(milliseconds(1));
  CHECK(watched.expired());
  first_may_end.count_down();
}
