#include "format/request.hpp"

#include <doctest/doctest.h>

#include "crypto/hash.hpp"
#include "format/card.hpp"
#include "format/low_order.hpp"
#include "format/refusal.hpp"
#include "format/request_samples.hpp"
#include "format/vector_file.hpp"

namespace valise {
namespace {

bool request_accepted(ByteSpan bytes) {
  return !test::refused(ErrorKind::corrupt, "request",
                        [&] { static_cast<void>(parse_request(bytes, "request")); });
}

std::string why_refused(const RecoveryRequest& request) {
  const auto error =
      test::refusal([&] { static_cast<void>(parse_request(encode_request(request), "request")); });
  return error ? error->what() : "";
}

bool says(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

// A request whose bytes were changed and whose id was made to fit.
Bytes with_fitting_id(Bytes bytes) {
  bytes.resize(bytes.size() - 32);
  append(bytes, hash("VL1.request", {bytes}));
  return bytes;
}

}  // namespace

TEST_CASE("a request reads back, and its fingerprint is that of its id") {
  const test::RequestSample sample(2, 3);
  const Bytes bytes = encode_request(sample.request());
  const ReceivedRequest received = parse_request(bytes, "request");
  CHECK(received.request.root_pk == sample.owner.sign_pk());
  CHECK(received.request.request_pk == sample.requester.pk());
  CHECK(received.request.name == "Ada");
  CHECK(received.request.time == 1'700'000'500);
  CHECK(received.request.policy.id == sample.policy.id);
  REQUIRE(received.request.devices.size() == 1);
  REQUIRE(received.request.backups.size() == 3);
  CHECK(received.request.backups[2].id == sample.backups[2].id);
  CHECK(encode_request(received.request) == bytes);
  CHECK(request_fingerprint(received.id).size() == 19);
}

TEST_CASE("the request of the vectors reads as it should") {
  const auto vector = test::vector_file("request", "two_of_three");
  const ReceivedRequest received = parse_request(test::unhex(vector["request"]), "request");
  CHECK(hex(received.id) == vector["request_id"]);
  CHECK(request_fingerprint(received.id) == vector["fingerprint"]);
  CHECK(hex(encode_request(received.request)) == vector["request"]);
  CHECK(RootKeys(test::unhex(vector["request_seed"])).pk() == received.request.request_pk);
}

TEST_CASE("attack: every bit of a manifest, record, refs, pack, key file, card, drill: a request") {
  const test::RequestSample sample(1, 1);
  const Bytes bytes = encode_request(sample.request());
  REQUIRE(request_accepted(bytes));
  CHECK(test::bit_flips_that_pass(bytes, request_accepted) == 0);
}

TEST_CASE("attack: truncate at every length; append garbage: a request") {
  const test::RequestSample sample(1, 1);
  const Bytes bytes = encode_request(sample.request());
  CHECK(test::truncations_that_pass(bytes, request_accepted) == 0);
  CHECK(test::appendices_that_pass(bytes, request_accepted) == 0);
}

TEST_CASE(
    "attack: every bit of a manifest, record, refs, pack, key file, card, drill: a request's "
    "entries, though its id fits") {
  const test::RequestSample sample(1, 1);
  const Bytes bytes = encode_request(sample.request());
  // Behind the head every byte is that of a signed entry, or a length.
  std::size_t accepted = 0;
  for (std::size_t at = 112; at + 32 < bytes.size(); ++at) {
    Bytes changed = bytes;
    changed[at] ^= 0x10;
    // More entries than a request may name are a limit, all else is corrupt.
    const auto error = test::refusal(
        [&] { static_cast<void>(parse_request(with_fitting_id(changed), "request")); });
    if (!error) ++accepted;
  }
  CHECK(accepted == 0);
  // Whom to answer is nobody's signed word: only the fingerprint tells.
  Bytes other_key = bytes;
  const RootKeys thief(Bytes(kSeedBytes, 77));
  std::copy(thief.pk().begin(), thief.pk().end(), other_key.begin() + 40);
  const ReceivedRequest received = parse_request(with_fitting_id(other_key), "request");
  CHECK(request_fingerprint(received.id) !=
        request_fingerprint(parse_request(bytes, "request").id));
}

TEST_CASE(
    "a request is refused unless its entries are a policy with its devices and whole chains") {
  const test::RequestSample sample(2, 3);
  const test::RequestSample other(1, 2);
  RecoveryRequest request = sample.request();
  CHECK(why_refused(request).empty());

  request.policy = sample.device_entry;
  CHECK(says(why_refused(request), "does not begin with a policy"));
  request = sample.request();
  request.policy = other.policy;
  CHECK(says(why_refused(request), "not one of its policy"));
  request = sample.request();
  request.devices.clear();
  CHECK(says(why_refused(request), "device that it does not name"));
  request = sample.request();
  request.devices.push_back(sample.device_entry);
  CHECK(says(why_refused(request), "names a device twice"));
  request = sample.request();
  request.devices.push_back(sample.policy);
  CHECK(says(why_refused(request), "in this order"));
  request = sample.request();
  request.backups.clear();
  CHECK(says(why_refused(request), "names no backup"));
  request = sample.request();
  request.backups.erase(request.backups.begin());
  CHECK(says(why_refused(request), "builds on one that does not stand before it"));
  request = sample.request();
  std::swap(request.backups[1], request.backups[2]);
  CHECK(says(why_refused(request), "builds on one that does not stand before it"));
  request = sample.request();
  request.backups.push_back(sample.backups[2]);
  CHECK(says(why_refused(request), "names a backup twice"));
  request = sample.request();
  request.root_pk = other.agents[0].sign_pk();
  CHECK(says(why_refused(request), "belongs to another vault"));
  request = sample.request();
  for (const Bytes32& pk : test::low_order_points()) {
    request.request_pk = pk;
    CHECK(says(why_refused(request), "low order"));
  }
}

TEST_CASE("a policy or a device that the owner did not sign makes no request") {
  const test::RequestSample sample(1, 1);
  RecoveryRequest request = sample.request();
  // The device itself writes a policy that names somebody else.
  PolicyPayload payload = *sample.policy.as<PolicyPayload>();
  EntryHeader header = sample.root_header(3);
  header.signer = sample.device.public_key();
  request.policy = sign_entry(header, payload, sample.device);
  CHECK(says(why_refused(request), "not signed by the owner"));
  request = sample.request();
  request.devices = {sign_entry(header, *sample.device_entry.as<DevicePayload>(), sample.device)};
  CHECK(says(why_refused(request), "not enrolled by the owner"));
}

TEST_CASE("a request over its limits is refused before anything is allocated for it") {
  const test::RequestSample sample(1, 1);
  RecoveryRequest request = sample.request();
  request.backups.assign(kRequestEntriesMax, sample.backups[0]);
  CHECK_THROWS_WITH_AS(static_cast<void>(encode_request(request)),
                       doctest::Contains("at most 4,096 entries"), Error);
  Bytes bytes = encode_request(sample.request());
  std::fill_n(bytes.begin() + 112, 4, std::uint8_t{0xff});
  const auto count =
      test::refusal([&] { static_cast<void>(parse_request(with_fitting_id(bytes), "request")); });
  REQUIRE(count);
  CHECK(count->kind() == ErrorKind::limit);
  bytes = encode_request(sample.request());
  std::fill_n(bytes.begin() + 120, 4, std::uint8_t{0xff});
  CHECK_FALSE(request_accepted(with_fitting_id(bytes)));
}

TEST_CASE("a request and an answer of a newer version say so") {
  const test::RequestSample sample(1, 1);
  Bytes bytes = encode_request(sample.request());
  const ReceivedRequest received = parse_request(bytes, "request");
  bytes[7] = '2';
  CHECK_THROWS_WITH_AS(static_cast<void>(parse_request(bytes, "request")),
                       doctest::Contains("newer version"), Error);
  Bytes answer = seal_answer({received.id, 1, 5}, received.request, sample.shares(1).view(),
                             sample.agents[0].signing());
  answer[7] = '2';
  CHECK_THROWS_WITH_AS(static_cast<void>(parse_answer(answer, received, "answer")),
                       doctest::Contains("newer version"), Error);
}

}  // namespace valise
