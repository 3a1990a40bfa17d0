#pragma once

#include <optional>
#include <string>

#include "format/root_keys.hpp"
#include "state/credential.hpp"
#include "valise/run.hpp"
#include "vault/root_chain.hpp"

namespace valise {

/// The owner's name on its card.
inline constexpr const char* kOwnerName = "owner";

/// The DEVICE entry of a new device and the credential that goes with it, not stored yet.
struct Enrolment {
  Entry entry;
  Credential credential;
};

/// `policy` is the one in force and `psks` its agents' psks (32 n bytes); the entry follows `head`
/// on the owner's chain. Throws Error(usage) for a name that is no name.
[[nodiscard]] Enrolment enrol_device(const RootKeys& owner, const LogHead& head,
                                     const Entry& policy, ByteSpan psks, const std::string& name,
                                     UnixSeconds now);

/// The credential of this device where it is of use. One that cannot be read is warned of and is
/// none: a verb that needs no key does its work without it.
[[nodiscard]] std::optional<Credential> known_credential(const Run& run, const Bytes16& vault_id);

/// The psks of a policy's agents, as the owner opens them; Error(corrupt) when they do not open.
[[nodiscard]] Secret policy_psks(const Entry& policy, const RootKeys& owner);

}  // namespace valise
