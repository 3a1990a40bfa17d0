#pragma once

#include <fmt/format.h>

#include <string>

namespace valise::bench {

/// Prints whether a measured figure meets its floor, and counts those that do not.
class Verdicts {
 public:
  void judge(const std::string& what, double measured, double at_most) {
    const bool met = measured <= at_most;
    fmt::print("floor: {}: {:.2f}, at most {:.2f}: {}\n", what, measured, at_most,
               met ? "met" : "MISSED");
    if (!met) ++missed_;
  }
  [[nodiscard]] int missed() const noexcept { return missed_; }

 private:
  int missed_ = 0;
};

}  // namespace valise::bench
