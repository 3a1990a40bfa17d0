#pragma once

#include <cerrno>

namespace valise {

/// Makes a system call again for as long as a signal interrupts it: signals set a Cancellation,
/// which is looked at between calls, not inside them.
template <typename Call>
auto retry_interrupted(Call call) {
  auto result = call();
  while (result == -1 && errno == EINTR) result = call();
  return result;
}

}  // namespace valise
