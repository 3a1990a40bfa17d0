#pragma once

#include <array>
#include <functional>
#include <mutex>

#include "storage/storage.hpp"

namespace valise::test {

enum class StorageCall { put, write, commit, read, size, list, remove, set_aside };
inline constexpr std::size_t kStorageCallCount = 8;

/// A set of calls: `only(StorageCall::commit) | only(StorageCall::remove)`.
using StorageCalls = unsigned;
[[nodiscard]] constexpr StorageCalls only(StorageCall call) {
  return 1U << static_cast<unsigned>(call);
}
inline constexpr StorageCalls kEveryCall = (1U << kStorageCallCount) - 1;
/// Those that change what is stored.
inline constexpr StorageCalls kChangingCalls =
    only(StorageCall::put) | only(StorageCall::write) | only(StorageCall::commit) |
    only(StorageCall::remove) | only(StorageCall::set_aside);

/// Which call fails, and how.
struct FaultPlan {
  enum class Kind {
    error,        ///< The call throws Error(storage), and nothing was done.
    error_after,  ///< The call does its work and throws all the same: a lost answer.
    torn_write,   ///< As error; but a write passes on its first half.
    crash,        ///< As error, and every later call fails too: the process or the drive is gone.
    crash_after,  ///< As error_after, and every later call fails too.
  };
  std::uint64_t fail_at = 0;  ///< The number of the call, from 1; 0 is never.
  Kind kind = Kind::error;
  StorageCalls counted = kEveryCall;
};

/// Passes calls on to another storage and lets one fail by plan. With `fail_at` = 1, 2, ... until
/// `failed()` stays false, an operation meets a fault at every call that it makes. Thread-safe.
class FaultyStorage final : public Storage {
 public:
  /// `inner` outlives it.
  FaultyStorage(Storage& inner, FaultPlan plan) : inner_(inner), plan_(plan) {}

  [[nodiscard]] std::unique_ptr<ObjectWriter> put(const ObjectName& name) override;
  void read(const ObjectName& name, std::uint64_t offset, MutableByteSpan out) const override;
  [[nodiscard]] std::optional<std::uint64_t> size(const ObjectName& name) const override;
  void scan(const std::string& folder, const std::function<void(ObjectInfo)>& visit) const override;
  void remove(const ObjectName& name) override;
  void set_aside(const ObjectName& name) override;
  [[nodiscard]] std::string describe() const override { return inner_.describe(); }

  /// Called after each call that did its work, and may use the inner storage: what somebody else
  /// does at that moment. May be empty; set before the first call.
  std::function<void(StorageCall call, const ObjectName& name)> on_done;

  /// Calls of the counted kinds so far, the failed one and those after a crash included.
  [[nodiscard]] std::uint64_t counted_calls() const;
  /// Calls of one kind so far, counted or not.
  [[nodiscard]] std::uint64_t calls(StorageCall call) const;
  /// Whether the plan's fault has happened.
  [[nodiscard]] bool failed() const;

 private:
  class Writer;
  enum class Fate { pass, fail, fail_after, tear };
  Fate next(StorageCall call) const;
  template <typename Work>
  auto call(StorageCall kind, const ObjectName& name, Work work) const;

  Storage& inner_;
  FaultPlan plan_;
  mutable std::mutex mutex_;
  mutable std::array<std::uint64_t, kStorageCallCount> calls_{};
  mutable std::uint64_t counted_ = 0;
  mutable bool failed_ = false;
};

}  // namespace valise::test
