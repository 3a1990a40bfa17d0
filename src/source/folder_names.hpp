#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace valise {

/// The names in one folder, and a few bytes for each.
inline constexpr std::size_t kFolderNamesBytesMax = std::size_t{1} << 30;

/// The names in a folder, in the order of the whole paths below it: a folder's own name counts with
/// the slash that follows it there, so that "a.txt" comes before "a/b". A million names are one
/// buffer and a number each. Not thread-safe.
class FolderNames {
 public:
  /// Of an open folder, which stays open. Nothing, and errno says why, when they cannot be read;
  /// E2BIG where they are more than kFolderNamesBytesMax.
  [[nodiscard]] static std::optional<FolderNames> read(int folder);

  [[nodiscard]] std::size_t size() const noexcept { return starts_.size(); }
  /// Ends with a NUL; as long as this object.
  [[nodiscard]] const char* at(std::size_t index) const { return names_.data() + starts_[index]; }
  /// What it was when the names were read: their order depends on it.
  [[nodiscard]] bool is_folder(std::size_t index) const;

 private:
  void sort();

  std::string names_;                  // Each has its kind before it and a NUL behind it.
  std::vector<std::uint32_t> starts_;  // In names_; ascending by what they name.
};

}  // namespace valise
