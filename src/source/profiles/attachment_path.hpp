#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "source/profiles/profile.hpp"

namespace valise {

/// Why a row's path is not followed.
struct Unfollowed {
  std::string reason;  ///< One line, for people.
  /// It may be meant for a file below the base folder all the same.
  bool is_unclear = false;
};

/// Reads `stored`, the path in a row, into `path`: relative to the base folder, and fit for a
/// catalog. Nothing where that is done; else why not, and `path` is as it was.
[[nodiscard]] std::optional<Unfollowed> read_path(const AttachmentRules& rules,
                                                  std::string_view stored, std::string& path);

/// The names that a file may have which an unclear path means: its last part, of a URL also without
/// its escapes. None where the path has no such part.
[[nodiscard]] std::vector<std::string> names_meant(std::string_view stored);

}  // namespace valise
