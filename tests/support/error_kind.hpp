#pragma once

#include <optional>
#include <string>

#include "valise/error.hpp"

namespace valise::test {

/// The kind of the Error that `work` throws; nothing when it throws none. Anything else passes.
template <typename Work>
[[nodiscard]] std::optional<ErrorKind> kind_of(Work work) {
  try {
    work();
  } catch (const Error& error) {
    return error.kind();
  }
  return std::nullopt;
}

/// The message of the Error that `work` throws; "" when it throws none.
template <typename Work>
[[nodiscard]] std::string message_of(Work work) {
  try {
    work();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace valise::test
