#pragma once

#include <string>

#include "vault/root_chain.hpp"

namespace valise {

/// True for what may be the beginning of an id: 4 or more hex digits.
[[nodiscard]] bool names_hex(const std::string& text);

/// The device that a person names, by its name or the beginning of its id. Throws
/// Error(not_found), Error(usage) for several; both tell which devices there are.
[[nodiscard]] const Device& find_named(const RootChain& roots, const std::string& named);

}  // namespace valise
