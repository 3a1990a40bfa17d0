#pragma once

#include <functional>
#include <optional>

#include "ops/logged_objects.hpp"
#include "valise/scrub.hpp"

namespace valise {

/// What is to be said of a container that no entry of the logs named when they were read; its own
/// end holds the entry that should. Of kind "orphan" where a run was cut short before that entry,
/// "unlogged" where the entry was lost, nothing where it stands there by now. Throws
/// Error(corrupt), Error(storage).
[[nodiscard]] std::optional<ScrubFinding> unlogged_container(const Vault& vault,
                                                             const LoggedObjects& logged,
                                                             const ObjectInfo& object,
                                                             const Bytes16& bid);

/// Reads every byte of one object and says what is wrong with it; nothing when it is sound. Objects
/// of the log are left to read_logged_objects. Thread-safe.
[[nodiscard]] std::optional<ScrubFinding> check_object(
    const Vault& vault, const LoggedObjects& logged, const ObjectInfo& object,
    const std::function<void(std::uint64_t bytes)>& on_bytes);

}  // namespace valise
