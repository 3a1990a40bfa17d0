#include "base/buffer_pool.hpp"

#include <doctest/doctest.h>

#include <thread>
#include <vector>

namespace valise {

TEST_CASE("a buffer that went back is taken again, and grows where it is too small") {
  BufferPool pool;
  const std::uint8_t* first = nullptr;
  {
    BufferPool::Buffer buffer = pool.take(4096);
    REQUIRE(buffer.size() == 4096);
    first = buffer.view().data();
  }
  {
    BufferPool::Buffer smaller = pool.take(100);
    CHECK(smaller.view().data() == first);
    CHECK(smaller.view().size() == 100);
    BufferPool::Buffer other = pool.take(100);
    CHECK(other.view().data() != first);
  }
  BufferPool::Buffer larger = pool.take(1 << 20);
  CHECK(larger.size() == 1 << 20);
  larger.span()[(1 << 20) - 1] = 7;
  CHECK(larger.view().back() == 7);
}

TEST_CASE("a moved buffer goes back once") {
  BufferPool pool;
  {
    BufferPool::Buffer one = pool.take(10);
    BufferPool::Buffer two = std::move(one);
    CHECK(two.size() == 10);
    one = pool.take(20);
    two = std::move(one);
    CHECK(two.size() == 20);
  }
  BufferPool::Buffer a = pool.take(10);
  BufferPool::Buffer b = pool.take(10);
  CHECK(a.view().data() != b.view().data());
}

TEST_CASE("threads share a pool without sharing a buffer") {
  BufferPool pool;
  std::vector<std::jthread> threads;
  std::vector<int> errors(4);
  for (std::size_t me = 0; me < errors.size(); ++me) {
    threads.emplace_back([&, me] {
      for (int round = 0; round < 500; ++round) {
        BufferPool::Buffer buffer = pool.take(64);
        for (std::uint8_t& byte : buffer.span()) byte = static_cast<std::uint8_t>(me);
        for (const std::uint8_t byte : buffer.view()) errors[me] += byte != me;
      }
    });
  }
  threads.clear();
  CHECK(errors == std::vector<int>(4));
}

}  // namespace valise
