#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>

namespace valise {

/// Paths that could not be looked at, each with all that is below it. A folder may be full of them,
/// so the list is bounded: where it grows beyond bytes_max, the deepest paths give way to the
/// folders that they are in, as often as that takes. It then says of more paths that they were not
/// looked at, never of fewer. Not thread-safe.
class UnreadablePaths {
 public:
  static constexpr std::size_t kBytesMax = std::size_t{8} << 20;
  explicit UnreadablePaths(std::size_t bytes_max = kBytesMax) : bytes_max_(bytes_max) {}

  void add(std::string_view path);
  /// Whether it is one of them or below one.
  [[nodiscard]] bool covers(std::string_view path) const;
  /// The same, for those alone that were added themselves and did not give way.
  [[nodiscard]] bool names(std::string_view path) const;
  /// What the list takes in memory, about.
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

 private:
  using Paths = std::set<std::string, std::less<>>;
  void insert(Paths& paths, std::string_view path);
  void shorten();

  std::size_t bytes_max_;
  std::size_t bytes_ = 0;
  Paths exact_;
  Paths folders_;  ///< In the place of those in them; an empty one stands for all paths.
};

}  // namespace valise
