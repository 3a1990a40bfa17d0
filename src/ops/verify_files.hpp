#pragma once

#include <map>
#include <unordered_set>

#include "ops/file_flow.hpp"
#include "ops/opened_backup.hpp"
#include "valise/verify.hpp"
#include "vault/merged_catalog.hpp"

namespace valise {

/// Reads the files of one snapshot after the other and compares their content with what was backed
/// up. What several snapshots hold is read once: contents are remembered by 64 bits of a hash of
/// where they stand, at most kSeenContentsMax of them, and read again beyond that. Not thread-safe.
class FileVerification {
 public:
  FileVerification(const VaultView& view, const Run& run) : view_(view), run_(run) {}

  /// Counts the files into `result`, and what is wrong with them; where some are damaged, the
  /// snapshot is not ok any more. `database` is the database's file name. Throws Error(storage),
  /// Error(cancelled), Error(corrupt) for a catalog.
  void check(MergedCatalog& catalog, const std::string& database, VerifiedSnapshot& result);

  /// The same for a snapshot whose catalog is that of its parent, which was checked.
  static void take_over(const VerifiedSnapshot& parent, VerifiedSnapshot& result);

 private:
  void note(const FileOutcome& outcome, VerifiedSnapshot& result);
  void report(std::uint64_t bytes);

  const VaultView& view_;
  const Run& run_;
  std::unordered_set<std::uint64_t> seen_;
  std::map<std::uint64_t, std::string> damaged_;  // Problems of contents that were seen.
  std::uint64_t done_bytes_ = 0;
};

/// 64 bytes of memory each.
inline constexpr std::size_t kSeenContentsMax = 1'000'000;

}  // namespace valise
