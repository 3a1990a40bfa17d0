#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "ops/partial_file.hpp"

namespace valise {

/// The files that a restored database stands for: itself and what SQLite keeps beside it. A
/// restored database beside a stale -wal would silently show old rows, so the set is replaced as a
/// whole. Until keep() the new database stands in a PartialFile, which goes with the object.
class TargetSet {
 public:
  /// Throws Error(usage) when one of the set exists and `overwrite` is false.
  TargetSet(std::filesystem::path target, bool overwrite);
  TargetSet(const TargetSet&) = delete;
  TargetSet& operator=(const TargetSet&) = delete;

  [[nodiscard]] int fd() const noexcept { return partial_.fd(); }
  [[nodiscard]] const std::filesystem::path& partial() const noexcept { return partial_.path(); }
  [[nodiscard]] const std::filesystem::path& target() const noexcept { return target_; }
  /// After the content was synced: moves the old set aside, the new database in, syncs the folder
  /// and deletes the old set. Where that fails half-way, the old set stands again. Throws
  /// Error(storage).
  void keep();

 private:
  struct Moved {
    std::filesystem::path old;
    std::filesystem::path now;
  };
  void move_aside(std::vector<Moved>& aside) const;

  std::filesystem::path target_;
  bool overwrite_;
  PartialFile partial_;
};

}  // namespace valise
