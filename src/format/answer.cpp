#include "format/answer.hpp"

#include <fmt/format.h>

#include <cassert>

#include "base/cursor.hpp"
#include "base/error.hpp"
#include "base/hex.hpp"
#include "crypto/sealed_box.hpp"
#include "format/slot.hpp"

namespace valise {
namespace {

constexpr std::string_view kAnswerMagic = "VLSANSW1";
constexpr std::size_t kAnswerSealedAt = 56;
constexpr std::size_t kAnswerShareBytes = 32;

std::size_t sealed_bytes(const RecoveryRequest& request) {
  return request.backups.size() * kAnswerShareBytes + kSealedBoxBytes;
}

const Agent& agent_of(const RecoveryRequest& request, std::uint8_t slot) {
  return request.policy.as<PolicyPayload>()->agents[slot - 1U];
}

}  // namespace

Bytes seal_answer(const Answer& answer, const RecoveryRequest& request, ByteSpan shares,
                  const SigningKey& agent) {
  assert(answer.slot >= 1 && answer.slot <= request.policy.as<PolicyPayload>()->agents.size());
  assert(shares.size() == request.backups.size() * kAnswerShareBytes);
  ByteWriter out;
  out.text(kAnswerMagic).bytes(answer.request_id).u8(answer.slot).zero(7).u64(answer.time);
  out.bytes(seal_box(request.request_pk, shares));
  out.bytes(agent.sign(out.view()));
  return out.take();
}

Answer parse_answer(ByteSpan bytes, const ReceivedRequest& received, std::string_view object) {
  ByteReader in(bytes, object);
  const ByteSpan magic = in.take(kAnswerMagic.size());
  if (text_of(magic) != kAnswerMagic) {
    in.fail(text_of(magic.first(7)) == kAnswerMagic.substr(0, 7)
                ? "it is an answer made by a newer version of valise; update this one"
                : "it is not an answer");
  }
  Answer answer;
  answer.request_id = in.array<32>();
  if (answer.request_id != received.id) in.fail("it answers another request");
  answer.slot = in.u8();
  in.expect_zero(7);
  answer.time = in.u64();
  const RecoveryRequest& request = received.request;
  if (answer.slot < 1 || answer.slot > request.policy.as<PolicyPayload>()->agents.size()) {
    in.fail("it comes from nobody whom the policy names");
  }
  if (in.remaining() != sealed_bytes(request) + kSignatureBytes) {
    in.fail("it has the wrong length: it was cut short or has bytes appended");
  }
  const std::size_t signed_bytes = bytes.size() - kSignatureBytes;
  if (!verify_signature(agent_of(request, answer.slot).sign_pk, bytes.first(signed_bytes),
                        array_of<kSignatureBytes>(bytes.subspan(signed_bytes)))) {
    in.fail("the signature of the agent \"" + agent_of(request, answer.slot).name +
            "\" does not match");
  }
  return answer;
}

Secret open_answer(ByteSpan bytes, const ReceivedRequest& received, ByteSpan request_sk,
                   std::string_view object) {
  const Answer answer = parse_answer(bytes, received, object);
  const RecoveryRequest& request = received.request;
  const std::string& name = agent_of(request, answer.slot).name;
  std::optional<Secret> shares = open_box(request.request_pk, request_sk,
                                          bytes.subspan(kAnswerSealedAt, sealed_bytes(request)));
  if (!shares) {
    throw Error(ErrorKind::corrupt,
                fmt::format("{}: what the agent \"{}\" sealed does not open with the request's key",
                            object, name));
  }
  for (std::size_t i = 0; i < request.backups.size(); ++i) {
    const auto& backup = *request.backups[i].as<BackupPayload>();
    const ByteSpan share = shares->view().subspan(i * kAnswerShareBytes, kAnswerShareBytes);
    if (!share_fits(share, backup.slots[answer.slot], backup.bid, answer.slot)) {
      throw Error(ErrorKind::corrupt,
                  fmt::format("{}: the agent \"{}\" sent a share of backup {} that is not the one "
                              "in its slot: it is forged",
                              object, name, hex(backup.bid)));
    }
  }
  return std::move(*shares);
}

}  // namespace valise
