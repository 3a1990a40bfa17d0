#pragma once

#include <optional>
#include <string>

#include "crypto/secret.hpp"
#include "format/entry.hpp"
#include "format/root_keys.hpp"

namespace valise {

/// The slot of the agent with this public key, 1 to 16; nothing when the policy does not name it.
[[nodiscard]] std::optional<std::uint8_t> agent_slot(const PolicyPayload& policy,
                                                     const Bytes32& agent_pk) noexcept;

/// An agent's share of a backup's key, out of its own slot, checked against the proof in the slot
/// and, where one agent is enough, against the commitment of the whole header. Throws
/// Error(corrupt) that names `object` and the slot's agent.
[[nodiscard]] Secret open_agent_share(const Entry& backup, const PolicyPayload& policy,
                                      std::uint8_t slot, const RootKeys& agent,
                                      const std::string& object);

/// Whether `dek` is the key that the header commits to.
[[nodiscard]] bool commitment_fits(const Entry& backup, ByteSpan dek);
/// Throws Error(corrupt) naming `object` unless `dek` is the key that the header commits to.
void check_commitment(const Entry& backup, ByteSpan dek, const std::string& object);

}  // namespace valise
