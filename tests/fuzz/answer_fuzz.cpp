#include "format/request_samples.hpp"
#include "fuzz/fuzz_target.hpp"

namespace valise::fuzz {
namespace {

const test::RequestSample& answered_sample() {
  static const test::RequestSample sample(2, 3);
  return sample;
}

const ReceivedRequest& answered_request() {
  static const ReceivedRequest received =
      parse_request(encode_request(answered_sample().request()), "request");
  return received;
}

void open_if_answer(ByteSpan bytes) {
  accepts([&] {
    const Answer answer = parse_answer(bytes, answered_request(), "answer");
    promise(answer.request_id == answered_request().id, "an answer to this request");
    const Secret shares =
        open_answer(bytes, answered_request(), answered_sample().requester.sk(), "answer");
    promise(equal_secret(shares.view(), answered_sample().shares(answer.slot).view()),
            "only the shares in the slots are accepted");
  });
}

}  // namespace

void answer(ByteSpan input) {
  open_if_answer(input);
  if (input.empty() || input.size() > 4096) return;
  // The same, signed by each agent.
  for (const RootKeys& agent : answered_sample().agents) {
    Bytes bytes(input.begin(), input.end() - std::min<std::ptrdiff_t>(64, std::ssize(input)));
    append(bytes, agent.signing().sign(bytes));
    open_if_answer(bytes);
  }
  // Any bytes as shares, sealed and signed as they should be.
  Bytes shares(input.begin(), input.end());
  shares.resize(32 * answered_request().request.backups.size());
  const Answer forged{answered_request().id, static_cast<std::uint8_t>(1 + input[0] % 3), 1};
  open_if_answer(seal_answer(forged, answered_request().request, shares,
                             answered_sample().agents[forged.slot - 1U].signing()));
}

}  // namespace valise::fuzz

VALISE_FUZZ_TARGET(answer);
