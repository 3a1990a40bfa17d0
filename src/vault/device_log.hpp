#pragma once

#include <vector>

#include "vault/root_chain.hpp"

namespace valise {

/// Finds out, as a device's entries come by in order, which of them count: all, or those up to the
/// last good entry of its revocation. Where that entry is gone, only what stands in an unbroken row
/// from the start counts: else the storage's host could take it away and so bring to life what came
/// after it.
class GoodEntries {
 public:
  explicit GoodEntries(const Device& device);
  void take(const Entry& entry);
  /// Entries with a higher seq do not count; after the last was taken.
  [[nodiscard]] std::uint64_t last_seq() const noexcept;
  /// What the log lacks, if it no longer tells where the last good entry stood.
  [[nodiscard]] std::optional<LogProblem> problem() const;

 private:
  const Device& device_;
  LogHead unbroken_;
  bool broken_ = false;
  std::uint64_t before_ = 0;            // The seq of the entry taken last.
  std::optional<std::uint64_t> found_;  // The seq of the last good entry, or of the one before it.
};

/// What one device signed, in order.
struct DeviceLog {
  std::vector<Entry> entries;  ///< Those that do not fit the log are left out.
  /// The first so many count. What a revoked device signed after its last good entry is a thief's.
  std::size_t good = 0;
  std::vector<LogProblem> problems;
};

/// Reads the log of a certified device.
[[nodiscard]] DeviceLog read_device_log(const Vault& vault, const Device& device);

}  // namespace valise
