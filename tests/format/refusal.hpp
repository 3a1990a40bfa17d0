#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/error.hpp"

namespace valise::test {

/// The error that `action` ends with; nothing when it succeeds.
template <typename Action>
[[nodiscard]] std::optional<Error> refusal(Action&& action) {
  try {
    action();
  } catch (const Error& error) {
    return error;
  }
  return std::nullopt;
}

/// True if `action` throws an Error of that kind whose message starts with the object's name.
template <typename Action>
[[nodiscard]] bool refused(ErrorKind kind, std::string_view object, Action&& action) {
  const auto error = refusal(action);
  return error && error->kind() == kind && std::string_view(error->what()).starts_with(object);
}

/// The number of one-bit changes of `bytes` for which `passes(changed)` is true: 0 when each is
/// refused.
template <typename Passes>
[[nodiscard]] std::size_t bit_flips_that_pass(Bytes bytes, Passes&& passes) {
  std::size_t count = 0;
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    const auto mask = static_cast<std::uint8_t>(1U << (bit % 8));
    bytes[bit / 8] ^= mask;
    if (passes(ByteSpan(bytes))) ++count;
    bytes[bit / 8] ^= mask;
  }
  return count;
}

/// The same for every shorter length, zero included.
template <typename Passes>
[[nodiscard]] std::size_t truncations_that_pass(ByteSpan bytes, Passes&& passes) {
  std::size_t count = 0;
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    if (passes(bytes.first(length))) ++count;
  }
  return count;
}

/// Bytes behind an object's end: none that were there before.
[[nodiscard]] inline Bytes with_appended(ByteSpan bytes, std::size_t extra) {
  Bytes longer(bytes.begin(), bytes.end());
  for (std::size_t i = 0; i < extra; ++i) longer.push_back(static_cast<std::uint8_t>(0x5a + i));
  return longer;
}

/// Of some lengths of garbage: how many an object may be followed by.
template <typename Passes>
[[nodiscard]] std::size_t appendices_that_pass(ByteSpan bytes, Passes&& passes) {
  std::size_t count = 0;
  for (const std::size_t extra : {1U, 4U, 8U, 16U, 32U, 64U, 100U, 112U, 140U, 544U, 5000U}) {
    Bytes zeros(bytes.begin(), bytes.end());
    zeros.resize(bytes.size() + extra);
    if (passes(ByteSpan(with_appended(bytes, extra)))) ++count;
    if (passes(ByteSpan(zeros))) ++count;
  }
  Bytes twice(bytes.begin(), bytes.end());
  append(twice, bytes);
  return passes(ByteSpan(twice)) ? count + 1 : count;
}

}  // namespace valise::test
