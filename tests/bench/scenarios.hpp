#pragma once

#include <cstdint>
#include <filesystem>

#include "results.hpp"

namespace valise::bench {

struct Plan {
  std::filesystem::path valise;  // empty: the other tools only
  std::filesystem::path work;
  std::uint32_t messages = 500'000;
  std::uint32_t nights = 30;
  std::uint32_t repeats = 3;
  bool skip_others = false;
  /// Measure valise's memory on a database four times as large, too.
  bool big = false;
};

// Scenarios, by the names they have in the results.
inline constexpr const char* kFirstBackup = "first backup";
inline constexpr const char* kNight = "night";
inline constexpr const char* kChatDeleted = "long chat deleted";
inline constexpr const char* kScrambled = "a third of the bodies random";
inline constexpr const char* kRestore = "restore of the last night";
inline constexpr const char* kRestoreScrambled = "restore of the random bodies";
inline constexpr const char* kCheckFirst = "check after the first backup";
inline constexpr const char* kCheckLast = "check after the nights";
inline constexpr const char* kVerify = "verify --all";
inline constexpr const char* kAudit = "audit";
inline constexpr const char* kList = "list";
/// Stands before the name of a scenario on the database four times as large.
inline constexpr const char* kBig = "4x ";

// Figures beside them.
inline constexpr const char* kSourceFirst = "source bytes at the first backup";
inline constexpr const char* kSourceLast = "source bytes after the nights";
inline constexpr const char* kStateFirst = "state bytes after the first backup";
inline constexpr const char* kStateLast = "state bytes after the nights";

/// Runs the whole plan below plan.work, which is left empty at the end.
/// A tool that fails ends it: std::runtime_error with the tool's own words.
void run_scenarios(const Plan& plan, Results& results);

}  // namespace valise::bench
