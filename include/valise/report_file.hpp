#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace valise {

/// A report that is written to a new file (mode 0600) as it comes, and whose beginning is known
/// last: a summary, say. The file appears under its name whole, by `commit`, or never.
/// Not thread-safe.
class ReportFile {
 public:
  /// `path` is absolute. Throws Error(usage) where something stands there already, Error(storage).
  explicit ReportFile(const std::filesystem::path& path);
  ~ReportFile();
  ReportFile(const ReportFile&) = delete;
  ReportFile& operator=(const ReportFile&) = delete;

  void write(std::string_view text);
  /// Puts `beginning` before all that was written. Once only. Throws Error(usage) where something
  /// stands under the name by now, Error(storage).
  void commit(std::string_view beginning = {});

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace valise
