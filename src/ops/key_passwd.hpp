#pragma once

#include "storage/storage.hpp"
#include "valise/key.hpp"

namespace valise {

/// The same for the owner of a vault in any storage.
[[nodiscard]] PassphraseChangeResult change_owner_passphrase(
    Storage& storage, std::uint32_t memory_kib, const UnlockSource& unlock,
    const std::function<Secret()>& new_passphrase);

}  // namespace valise
