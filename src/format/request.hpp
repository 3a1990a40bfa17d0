#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "format/entry.hpp"

namespace valise {

inline constexpr std::uint64_t kRequestBytesMax = 16ULL * 1024 * 1024;
inline constexpr std::size_t kRequestEntriesMax = 4096;

/// What somebody who wants backups opened by agents sends to each of them: a public key to seal to,
/// and the signed entries of whole chains, all under one policy. Nothing in it is secret, and all
/// but the requester's name and key is signed by the owner or a device. Format: formats/request.md.
struct RecoveryRequest {
  Bytes32 root_pk{};     ///< The owner's, as the requester's vault has it.
  Bytes32 request_pk{};  ///< X25519: answers are sealed to it.
  std::uint64_t time = 0;
  std::string name;  ///< Who asks: a claim.
  Entry policy;
  std::vector<Entry> devices;  ///< The DEVICE entries of those that made the backups.
  std::vector<Entry> backups;  ///< Each after its parent.
};

/// A parsed request: `id` is the hash over the whole.
struct ReceivedRequest {
  RecoveryRequest request;
  Bytes32 id{};
};

/// Throws Error(limit) for more entries or bytes than a reader accepts, Error(usage) for a name
/// that is none.
[[nodiscard]] Bytes encode_request(const RecoveryRequest& request);

/// Checks all that needs no other object: every signature, that policy and devices are the owner's,
/// that the backups are under that policy, made by those devices, and whole chains. Whether root_pk
/// is the owner's one means is for the reader to say. Throws Error(corrupt) or Error(limit) naming
/// `object`.
[[nodiscard]] ReceivedRequest parse_request(ByteSpan bytes, std::string_view object);

/// 16 characters in groups of 4, for requester and agent to compare by voice.
[[nodiscard]] std::string request_fingerprint(const Bytes32& request_id);

}  // namespace valise
