#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "source/live_database.hpp"

namespace valise {

enum class DatabaseCheck { none, quick, full };

struct DatabaseReport {
  ContentSummary summary;
  std::vector<std::string> problems;  ///< What the check found, at most 100 lines; empty if sound.
};

/// Opens a database that stands whole in the file `fd` (no WAL or journal beside it is ever looked
/// at: a file system layer of its own reads the descriptor and nothing else, immutable), with
/// trusted_schema off, defensive mode, limits and an authorizer, so that a hostile schema runs
/// nothing; counts as `profile` counts (the one recorded when it was captured; recognised anew when
/// empty), and runs PRAGMA quick_check or integrity_check. Throws Error(corrupt) naming `object`
/// when it does not open as a database at all. Memory is bounded. `cancellation` may be null.
[[nodiscard]] DatabaseReport inspect_database(int fd, const std::string& profile,
                                              DatabaseCheck check, const std::string& object,
                                              const Cancellation* cancellation);

}  // namespace valise
