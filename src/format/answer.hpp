#pragma once

#include <string_view>

#include "base/bytes.hpp"
#include "crypto/secret.hpp"
#include "crypto/sign.hpp"
#include "format/request.hpp"

namespace valise {

/// An agent's answer to a request: its share of the key of every backup that the request names,
/// sealed to the requester, and signed. Format: formats/answer.md.
struct Answer {
  Bytes32 request_id{};
  std::uint8_t slot = 0;  ///< The agent's, 1 to 16.
  std::uint64_t time = 0;
};

/// `shares` holds 32 bytes for each backup of the request, in its order.
[[nodiscard]] Bytes seal_answer(const Answer& answer, const RecoveryRequest& request,
                                ByteSpan shares, const SigningKey& agent);

/// Parses, and checks that it answers this request and that the agent whose slot it names signed
/// it. Opens nothing. Throws Error(corrupt) naming `object`.
[[nodiscard]] Answer parse_answer(ByteSpan bytes, const ReceivedRequest& request,
                                  std::string_view object);

/// The shares in an answer that parse_answer accepted, each compared with the proof in its slot:
/// 32 bytes for each backup of the request. `request_sk` is the requester's. Throws Error(corrupt)
/// naming `object`, the agent and the backup when a share is not the one that the slot holds.
[[nodiscard]] Secret open_answer(ByteSpan bytes, const ReceivedRequest& request,
                                 ByteSpan request_sk, std::string_view object);

}  // namespace valise
