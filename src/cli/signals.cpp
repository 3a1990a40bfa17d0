#include "cli/signals.hpp"

#include <sys/select.h>
#include <termios.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>

namespace valise::cli {

namespace {

// Handlers may touch lock-free atomics only.
static_assert(std::atomic<bool>::is_always_lock_free && std::atomic<int>::is_always_lock_free);

constinit Cancellation g_cancellation;
// The terminal whose echo is off, and its settings before; -1 when there is none.
constinit std::atomic<int> g_silent_terminal{-1};
termios g_terminal_before;  // Written before g_silent_terminal says that it holds.

constexpr int kEndingSignals[] = {SIGINT, SIGTERM, SIGHUP};

void on_signal(int /*number*/) {
  const int errno_before = errno;
  if (g_cancellation.requested()) {
    const int terminal = g_silent_terminal.load();
    if (terminal >= 0) tcsetattr(terminal, TCSANOW, &g_terminal_before);
    _exit(static_cast<int>(ErrorKind::cancelled));
  }
  g_cancellation.request();
  errno = errno_before;
}

}  // namespace

Cancellation& cancellation() noexcept { return g_cancellation; }

void install_signal_handlers() {
  for (const int number : kEndingSignals) {
    struct sigaction before {};
    sigaction(number, nullptr, &before);
    if (before.sa_handler == SIG_IGN) continue;
    struct sigaction action {};
    action.sa_handler = on_signal;
    sigemptyset(&action.sa_mask);
    // No SA_RESTART: a read at the terminal must end.
    sigaction(number, &action, nullptr);
  }
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  sigemptyset(&ignore.sa_mask);
  sigaction(SIGPIPE, &ignore, nullptr);
  // A write beyond the limit on file sizes is an error like a full disk, not the end of the
  // process.
  sigaction(SIGXFSZ, &ignore, nullptr);
}

EchoOff::EchoOff(int fd) : fd_(fd) {
  if (tcgetattr(fd, &g_terminal_before) != 0) {
    throw Error(ErrorKind::internal, "the terminal does not tell its settings");
  }
  termios silent = g_terminal_before;
  silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  // The line's end is shown, so that Enter is seen to work.
  silent.c_lflag |= ECHONL;
  // A process that is suspended here would leave the shell without echo.
  silent.c_cc[VSUSP] = _POSIX_VDISABLE;
  silent.c_cc[VQUIT] = _POSIX_VDISABLE;
  g_silent_terminal.store(fd);
  if (tcsetattr(fd, TCSAFLUSH, &silent) != 0) {
    g_silent_terminal.store(-1);
    throw Error(ErrorKind::internal, "the terminal's echo cannot be switched off");
  }
}

EchoOff::~EchoOff() {
  tcsetattr(fd_, TCSAFLUSH, &g_terminal_before);
  g_silent_terminal.store(-1);
}

void wait_readable(int fd) {
  if (fd >= FD_SETSIZE) return;  // The read that follows waits as well, but for a tiny gap.
  sigset_t ending;
  sigset_t before;
  sigemptyset(&ending);
  for (const int number : kEndingSignals) sigaddset(&ending, number);
  sigprocmask(SIG_BLOCK, &ending, &before);
  // Blocked from here on and let through only inside pselect: no signal falls between the question
  // and the wait.
  int ready = 0;
  while (ready <= 0 && !g_cancellation.requested()) {
    fd_set readable;
    FD_ZERO(&readable);
    FD_SET(fd, &readable);
    ready = pselect(fd + 1, &readable, nullptr, nullptr, nullptr, &before);
    if (ready < 0 && errno != EINTR) break;
  }
  sigprocmask(SIG_SETMASK, &before, nullptr);
  g_cancellation.throw_if_requested();
}

}  // namespace valise::cli
