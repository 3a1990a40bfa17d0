#pragma once

#include <cstdint>

namespace valise {

/// The length to which `length` bytes are padded, so that a size tells at most O(log log length)
/// bits (Padmé, Nikitin et al., PoPETs 2019/4). Zero stays zero. Format: formats/padme.md.
[[nodiscard]] std::uint64_t padme(std::uint64_t length) noexcept;

}  // namespace valise
