#include "format/answer.hpp"

#include <doctest/doctest.h>

#include "crypto/shamir.hpp"
#include "format/refusal.hpp"
#include "format/request_samples.hpp"
#include "format/vector_file.hpp"

namespace valise {
namespace {

struct Answered {
  test::RequestSample sample{2, 3};
  ReceivedRequest received = parse_request(encode_request(sample.request()), "request");

  [[nodiscard]] Bytes answer(std::uint8_t slot) const {
    return seal_answer({received.id, slot, 1'700'000'900}, received.request,
                       sample.shares(slot).view(), sample.agents[slot - 1U].signing());
  }
  [[nodiscard]] bool accepted(ByteSpan bytes) const {
    return !test::refused(ErrorKind::corrupt, "answer", [&] {
      static_cast<void>(open_answer(bytes, received, sample.requester.sk(), "answer"));
    });
  }
  [[nodiscard]] std::string why(ByteSpan bytes) const {
    const auto error = test::refusal(
        [&] { static_cast<void>(open_answer(bytes, received, sample.requester.sk(), "answer")); });
    return error ? error->what() : "";
  }
};

bool tells(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("two answers of three give the key of every backup, one does not") {
  const Answered answered;
  std::vector<Secret> opened;
  for (const std::uint8_t slot : {std::uint8_t{1}, std::uint8_t{3}}) {
    const Bytes bytes = answered.answer(slot);
    CHECK(bytes.size() == 104 + 32 * 3 + 64);
    CHECK(parse_answer(bytes, answered.received, "answer").slot == slot);
    opened.push_back(
        open_answer(bytes, answered.received, answered.sample.requester.sk(), "answer"));
  }
  for (std::size_t i = 0; i < 3; ++i) {
    std::vector<ShamirShare> shares;
    shares.push_back({1, Secret::copy_of(opened[0].view().subspan(32 * i, 32))});
    CHECK_FALSE(equal_secret(shamir_interpolate(shares).view(),
                             test::RequestSample::dek(static_cast<std::uint8_t>(i))));
    shares.push_back({3, Secret::copy_of(opened[1].view().subspan(32 * i, 32))});
    CHECK(equal_secret(shamir_interpolate(shares).view(),
                       test::RequestSample::dek(static_cast<std::uint8_t>(i))));
  }
}

TEST_CASE("the answers of the vectors open to the golden shares") {
  const auto vector = test::vector_file("request", "two_of_three");
  const ReceivedRequest received = parse_request(test::unhex(vector["request"]), "request");
  const RootKeys requester(test::unhex(vector["request_seed"]));
  for (std::size_t i = 0; i < 2; ++i) {
    const Bytes bytes = test::unhex(vector["answers"][i]);
    CHECK(parse_answer(bytes, received, "answer").slot == i + 1);
    const Secret shares = open_answer(bytes, received, requester.sk(), "answer");
    CHECK(hex(shares.view()) == vector["shares"][i]);
  }
}

TEST_CASE("attack: every bit of a manifest, record, refs, pack, key file, card, drill: an answer") {
  const Answered answered;
  const Bytes bytes = answered.answer(1);
  const auto passes = [&](ByteSpan changed) { return answered.accepted(changed); };
  REQUIRE(passes(bytes));
  CHECK(test::bit_flips_that_pass(bytes, passes) == 0);
}

TEST_CASE("attack: truncate at every length; append garbage: an answer") {
  const Answered answered;
  const Bytes bytes = answered.answer(1);
  const auto passes = [&](ByteSpan changed) { return answered.accepted(changed); };
  CHECK(test::truncations_that_pass(bytes, passes) == 0);
  CHECK(test::appendices_that_pass(bytes, passes) == 0);
}

TEST_CASE("an answer to another request, of another agent or to another key is refused") {
  const Answered answered;
  const Bytes good = answered.answer(2);
  RecoveryRequest request = answered.sample.request();
  request.time += 1;
  const ReceivedRequest later = parse_request(encode_request(request), "request");
  CHECK(
      tells(test::refusal([&] { static_cast<void>(parse_answer(good, later, "answer")); })->what(),
            "answers another request"));
  // Agent 3 sends what agent 2 would have to sign.
  const Bytes forged =
      seal_answer({answered.received.id, 2, 1}, answered.received.request,
                  answered.sample.shares(2).view(), answered.sample.agents[2].signing());
  CHECK(tells(answered.why(forged), "signature of the agent \"agent 2\""));
  const RootKeys stranger(Bytes(kSeedBytes, 55));
  const auto error = test::refusal(
      [&] { static_cast<void>(open_answer(good, answered.received, stranger.sk(), "answer")); });
  REQUIRE(error);
  CHECK(tells(error->what(), "does not open with the request's key"));
}

TEST_CASE(
    "attack: k-1 shares, forged share, duplicate or zero index: a forged share in an answer, agent "
    "and backup named") {
  const Answered answered;
  for (std::size_t backup = 0; backup < 3; ++backup) {
    Secret shares = answered.sample.shares(2);
    shares.mutable_view()[32 * backup + 5] ^= 1;
    const Bytes forged = seal_answer({answered.received.id, 2, 1}, answered.received.request,
                                     shares.view(), answered.sample.agents[1].signing());
    const std::string why = answered.why(forged);
    CHECK(tells(why, "agent \"agent 2\""));
    CHECK(tells(why, hex(answered.sample.backups[backup].as<BackupPayload>()->bid)));
  }
  // Its own share under another number.
  const Bytes swapped =
      seal_answer({answered.received.id, 2, 1}, answered.received.request,
                  answered.sample.shares(3).view(), answered.sample.agents[1].signing());
  CHECK(tells(answered.why(swapped), "forged"));
}

}  // namespace valise
