#pragma once

#include "valise/run.hpp"

namespace valise::cli {

/// What SIGINT, SIGTERM and SIGHUP set. The verb under way ends by itself, leaving nothing
/// half-written; a second signal ends the process at once with 130.
[[nodiscard]] Cancellation& cancellation() noexcept;

/// Installs the handlers; call once. Signals that the parent had ignored (nohup) stay ignored.
/// SIGPIPE is ignored: a backup does not die because nobody reads what it prints.
void install_signal_handlers();

/// While it lives, what is typed at the terminal `fd` is not shown, and the keys that suspend or
/// quit do nothing. The old settings come back with the destructor or with a second signal. One at
/// a time. Throws Error(internal) when the terminal refuses.
class EchoOff {
 public:
  explicit EchoOff(int fd);
  ~EchoOff();
  EchoOff(const EchoOff&) = delete;
  EchoOff& operator=(const EchoOff&) = delete;

 private:
  int fd_;
};

/// Waits until `fd` can be read. Throws Error(cancelled) when a signal comes first, without a gap
/// in which it could be missed.
void wait_readable(int fd);

}  // namespace valise::cli
