#pragma once

#include <cstdint>
#include <filesystem>
#include <istream>
#include <string>
#include <utility>
#include <vector>

namespace valise::cli {

/// Seconds of an age as people type it: a number and h, d or w ("36h", "2d", "4w"). Throws
/// Error(usage), naming `what`.
[[nodiscard]] std::uint64_t parse_age(const std::string& typed, const std::string& what);

/// The paths in a list, one a line, absolute, as often as they stand there; blank lines and those
/// that begin with '#' are passed over, blanks at a line's ends too. Throws Error(usage) when there
/// is none.
[[nodiscard]] std::vector<std::filesystem::path> read_path_list(std::istream& in,
                                                                const std::string& what);

/// The same from a file, or from standard input where its name is "-".
[[nodiscard]] std::vector<std::filesystem::path> paths_from(const std::string& file,
                                                            const std::string& what);

/// Several ways to vaults, each vault once.
struct OneWayEach {
  std::vector<std::filesystem::path> paths;  ///< The first way to each, in order.
  /// Ways left out that only a link shows to be such, each with the first way. Whoever keeps the
  /// storage can put a link to one vault in another's place: people have to be told of these.
  std::vector<std::pair<std::filesystem::path, std::filesystem::path>> by_link;
};
[[nodiscard]] OneWayEach one_way_each(const std::vector<std::filesystem::path>& paths);

}  // namespace valise::cli
