#pragma once

#include <cstdint>
#include <deque>
#include <functional>

#include "valise/backup.hpp"

namespace valise {

/// Hands notices of a source's attachments on, each once, though its files may be looked at several
/// times in one run. Takes 8 bytes a notice. Not thread-safe.
class FileNotices {
 public:
  /// `on_file` may be empty.
  explicit FileNotices(std::function<void(const FileNotice&)> on_file)
      : on_file_(std::move(on_file)) {}
  /// The files are looked at from the start, perhaps again: what was told before is not told now.
  void begin_pass();
  void tell(const FileNotice& notice);

 private:
  std::function<void(const FileNotice&)> on_file_;
  std::deque<std::uint64_t> told_;  // Hashes; those of earlier passes are sorted.
  std::size_t earlier_ = 0;         // So many are of earlier passes.
};

}  // namespace valise
