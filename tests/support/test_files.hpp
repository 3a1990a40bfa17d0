#pragma once

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "base/files.hpp"
#include "support/shared.hpp"

namespace valise::test {

/// The whole content of a file, in place of what stood there.
inline void write_bytes(const std::filesystem::path& path, ByteSpan bytes) {
  static_cast<void>(write_file(path, bytes, 0600, Existing::replace));
}

inline void write_text(const std::filesystem::path& path, const std::string& text) {
  write_bytes(path, bytes_of(text));
}
[[nodiscard]] inline std::string text_at(const std::filesystem::path& path) {
  return text_of(read_all(path));
}

/// The names in a folder, sorted; none where there is no such folder.
[[nodiscard]] inline std::vector<std::string> names_in(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  if (!std::filesystem::exists(folder)) return names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace valise::test
