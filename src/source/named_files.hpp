#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace valise {

/// What a set of named files may hold: a path's bytes, and the memory of all. A million paths of 80
/// bytes take three quarters of it, and a whole run with them stays below 256 MB.
inline constexpr std::size_t kNamedPathBytesMax = 4096;
inline constexpr std::size_t kNamedFilesBytesMax = std::size_t{128} << 20;

struct NamedFile {
  std::string_view path;  ///< As long as the set.
  std::uint64_t size = 0;
};

/// A set of paths, each with the largest size that it was added with. About 16 bytes above each
/// path's own, and repeated paths cost nothing: a million rows that name one file stay small.
/// Not thread-safe.
class NamedFiles {
 public:
  NamedFiles() = default;
  explicit NamedFiles(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  /// False, and nothing changed, for a path that is too long or when the set is full.
  bool add(std::string_view path, std::uint64_t size);
  /// Sorts by the paths' bytes; to be called once, after the last `add` and before any `at`.
  void finish();

  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
  [[nodiscard]] NamedFile at(std::size_t index) const;
  /// Where a path stands, for `at`; only after `finish`.
  [[nodiscard]] std::optional<std::size_t> find(std::string_view path) const;
  /// Only after `finish`.
  [[nodiscard]] bool contains(std::string_view path) const { return find(path).has_value(); }
  /// What it holds in memory.
  [[nodiscard]] std::size_t bytes() const noexcept;

 private:
  struct Entry {
    /// Where the path's bytes stand (block and offset in it as one number), and in the lowest 16
    /// bits how many they are.
    std::uint64_t span = 0;
    std::uint64_t size = 0;
  };

  [[nodiscard]] std::string_view path_of(const Entry& entry) const;
  [[nodiscard]] std::uint64_t place_for(std::size_t length);
  char* write(std::uint64_t place);
  [[nodiscard]] bool has_room_for(std::size_t length) const noexcept;
  void sort_unique();
  void compact();

  std::size_t bytes_max_ = kNamedFilesBytesMax;
  std::vector<std::unique_ptr<char[]>> blocks_;
  std::deque<Entry> entries_;   ///< A vector that grows holds three times as much for a moment.
  std::size_t compacted_ = 0;   ///< So many were left by the last compaction.
  std::uint64_t end_ = 0;       ///< Behind the last path.
  std::size_t next_look_ = 0;   ///< So many entries call for the next compaction,
  std::uint64_t next_end_ = 0;  ///< or an end so far.
};

}  // namespace valise
