#pragma once

#include <filesystem>

#include "base/files.hpp"

namespace valise {

// Files that people name for what they get: requests, answers, drills, cards, reports. They are
// never written over another file.

/// Throws Error(usage) when something stands there, also a dangling link: told before any work.
void refuse_existing_file(const std::filesystem::path& path);

/// Writes a whole new file, durable when it returns. Throws Error(usage) when something stands
/// there, Error(storage).
void write_new_file(const std::filesystem::path& path, ByteSpan content, unsigned mode);

/// A new file of mode 0600 that is written piece by piece: until `commit` it stands under a hidden
/// name beside its own, and without `commit` it goes again. Not thread-safe.
class NewFile {
 public:
  /// `path` is absolute. Throws Error(usage) where something stands there, Error(storage).
  explicit NewFile(std::filesystem::path path);
  ~NewFile();
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  /// Where it stands before `commit`, for a library that opens files by their names.
  [[nodiscard]] const std::string& temporary_path() const noexcept { return temporary_; }
  void write(ByteSpan bytes) { write_all(fd_.get(), bytes, path_); }
  /// Syncs it and gives it its name. Throws Error(usage) where something stands there by now.
  void commit();

 private:
  std::filesystem::path path_;
  std::string temporary_;
  UniqueFd fd_;
};

}  // namespace valise
