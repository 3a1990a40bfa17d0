#pragma once

#include <functional>

namespace valise::test {

/// How a child process ended.
struct ChildEnd {
  int exit_code = -1;  ///< -1: it was ended by a signal.
  int signal = 0;      ///< 0: it ended by itself.
};

/// Runs `work` in a forked child, whose exit code is what it returns (99 after an exception), and
/// waits for it. For what a process can do only once, or not to itself: to be killed, to give up
/// its privileges, to mount something. No other thread may run at that moment.
[[nodiscard]] ChildEnd run_in_child(const std::function<int()>& work);

/// In a child: becomes a user without privileges where this one has them. False if that fails.
[[nodiscard]] bool give_up_privileges();

}  // namespace valise::test
