#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

#include "source/live_database.hpp"

namespace valise {

/// How long a source's read transaction may be held while its files are read, and how many bytes of
/// files are worth a second look at all of them. As long as it is held, the app's write-ahead log
/// only grows; and where the app has none, it cannot write.
struct HoldLimits {
  std::chrono::seconds time{30};
  std::uint64_t bytes = std::uint64_t{256} << 20;
};

/// A database in a read transaction, with what its rows name. Not thread-safe.
class LiveSource {
 public:
  /// `path` outlives it. Throws Error(source), as the other calls do.
  LiveSource(const std::filesystem::path& path, const HoldLimits& limits);

  /// Not while it is let go.
  [[nodiscard]] LiveDatabase& database() { return *database_; }
  /// Of the newest transaction; they stay when it is let go.
  [[nodiscard]] const AttachmentRows& rows() const noexcept { return rows_; }
  [[nodiscard]] const std::string& profile() const noexcept { return profile_; }

  /// Ends the transaction when it was held for long, `bytes` of files having been read in it.
  void let_go_if_long(std::uint64_t bytes);
  [[nodiscard]] bool is_held() const noexcept { return database_.has_value(); }
  /// Begins a new one.
  void take_up_again();

 private:
  void open();

  const std::filesystem::path& path_;
  HoldLimits limits_;
  std::optional<LiveDatabase> database_;
  AttachmentRows rows_;
  std::string profile_;
  std::chrono::steady_clock::time_point since_;
};

}  // namespace valise
