#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "valise/error.hpp"

namespace valise {

/// Seconds since 1970-01-01 UTC.
using UnixSeconds = std::uint64_t;

/// Tells the time. Tests give their own. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual UnixSeconds now() const = 0;
};

/// The system's clock.
[[nodiscard]] const Clock& system_clock() noexcept;

/// Set from a signal handler or another thread; every verb looks at it often and then ends with
/// Error(cancelled), leaving nothing half-written.
class Cancellation {
 public:
  void request() noexcept { requested_.store(true, std::memory_order_relaxed); }
  [[nodiscard]] bool requested() const noexcept {
    return requested_.load(std::memory_order_relaxed);
  }
  void throw_if_requested() const {
    if (requested()) throw Error(ErrorKind::cancelled, "interrupted; nothing was half-written");
  }

 private:
  std::atomic<bool> requested_{false};
};

/// How far a verb has come. `done` and `total` are bytes unless `unit` says otherwise; total is 0
/// where it is not known.
struct Progress {
  std::string_view step;
  std::string_view object;
  std::uint64_t done = 0;
  std::uint64_t total = 0;
  std::string_view unit = "bytes";
};

/// Where things stand on this machine.
struct Places {
  std::filesystem::path vault;       ///< The vault's folder.
  std::filesystem::path config_dir;  ///< Credentials, lists of sources, agents' key files.
  std::filesystem::path state_dir;   ///< Disposable state.
};

/// What every verb needs besides its options. The callbacks are called on the calling thread, and
/// the objects pointed to outlive the call.
struct Run {
  Places places;
  const Clock* clock = &system_clock();
  const Cancellation* cancellation = nullptr;          ///< May be null.
  std::function<void(const Progress&)> on_progress;    ///< May be empty; called often.
  std::function<void(const std::string&)> on_warning;  ///< May be empty; one sentence each.
  std::uint64_t lock_wait_seconds = 0;
};

}  // namespace valise
