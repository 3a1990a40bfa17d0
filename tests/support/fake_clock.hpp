#pragma once

#include <atomic>

#include "valise/run.hpp"

namespace valise::test {

constexpr UnixSeconds kDay = 24 * 3600;

/// A clock that stands still until it is told otherwise. Thread-safe.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(UnixSeconds now = 1'800'000'000) : now_(now) {}
  [[nodiscard]] UnixSeconds now() const override { return now_.load(); }
  void set(UnixSeconds now) { now_ = now; }
  void advance(UnixSeconds seconds) { now_ += seconds; }

 private:
  std::atomic<UnixSeconds> now_;
};

}  // namespace valise::test
