#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ops/opened_backup.hpp"
#include "ops/refused_rows.hpp"
#include "ops/target_folder.hpp"
#include "valise/restore.hpp"
#include "vault/merged_catalog.hpp"

namespace valise {

/// The files of one snapshot on their way back. Not thread-safe; starts workers.
class FileRestore {
 public:
  /// All outlive it. `database` is the database's file name in the target, or empty where the
  /// database does not come along.
  FileRestore(const VaultView& view, std::vector<const Snapshot*> chain, const VaultKey& key,
              const Run& run, const RestoreOptions& options, std::string database);

  /// Reads the whole catalog: counts what will be restored, and refuses before anything is written
  /// where something stands in the place of a file (Error(usage)) or no file is meant
  /// that has a content (Error(not_found)). Throws Error(corrupt) naming the container.
  void plan();
  /// Bytes of the files that will be restored; after plan().
  [[nodiscard]] std::uint64_t bytes() const noexcept { return planned_bytes_; }
  /// Writes them, and what became of them into `result`. All are durable when it returns. Throws
  /// Error(storage), Error(cancelled): the files that have their names are whole then, too.
  void run(RestoreResult& result);

 private:
  [[nodiscard]] bool is_wanted(const std::string& path);
  void plan_one(const CatalogFile& file);
  void note(const FileOutcome& outcome, RestoreResult& result) const;
  void report(std::uint64_t bytes);
  void warn_of_idle_patterns() const;
  [[noreturn]] void fail_without_files() const;

  const VaultView& view_;
  std::vector<const Snapshot*> chain_;
  const VaultKey& key_;
  std::unique_ptr<MergedCatalog> catalog_;  // Before its first file.
  const Run& run_;
  const RestoreOptions& options_;
  RefusedRows refused_;
  std::unique_ptr<TargetFolder> target_;  // Made for the first file.
  std::vector<bool> pattern_matched_;
  std::vector<bool> names_file_;  // The pattern is the path of a file, so that it means no folder.
  std::uint64_t planned_files_ = 0;  // Symlinks among them.
  std::uint64_t planned_bytes_ = 0;
  std::uint64_t missing_ = 0;
  std::uint64_t missing_bytes_ = 0;
  std::uint64_t standing_ = 0;
  std::string first_standing_;
  std::uint64_t done_bytes_ = 0;
};

}  // namespace valise
