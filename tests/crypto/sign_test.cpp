#include "crypto/sign.hpp"

#include <doctest/doctest.h>

#include <set>

#include "crypto/third_party.hpp"
#include "format/refusal.hpp"

namespace valise {

TEST_CASE("Ed25519 gives the signatures of RFC 8032 section 7.1, test 1 and 2") {
  const SigningKey empty(
      *from_hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"));
  CHECK(hex(empty.public_key()) ==
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  CHECK(
      hex(empty.sign({})) ==
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9"
      "b46bd25bf5f0595bbe24655141438e7a100b");
  const SigningKey one(
      *from_hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"));
  CHECK(
      hex(one.sign(Bytes{0x72})) ==
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f1"
      "1d8c387b2eaeb4302aeeb00d291612bb0c00");
}

TEST_CASE("a signature fits its key and message, and no changed one does") {
  const SigningKey key = SigningKey::generate();
  CHECK(SigningKey(key.seed()).public_key() == key.public_key());
  const Bytes message(50, 3);
  const Bytes64 signature = key.sign(message);
  CHECK(verify_signature(key.public_key(), message, signature));
  CHECK_FALSE(verify_signature(SigningKey::generate().public_key(), message, signature));
  CHECK(test::bit_flips_that_pass(message, [&](ByteSpan changed) {
          return verify_signature(key.public_key(), changed, signature);
        }) == 0);
  CHECK(test::bit_flips_that_pass({signature.begin(), signature.end()}, [&](ByteSpan changed) {
          return verify_signature(key.public_key(), message, array_of<64>(changed));
        }) == 0);
}

TEST_CASE("Ed25519 judges Wycheproof's signatures as it says") {
  const auto json = test::third_party_json("wycheproof/ed25519_test.json");
  if (!json) return;
  std::size_t valid = 0;
  std::size_t invalid = 0;
  for (const auto& group : (*json)["testGroups"]) {
    const auto key = array_of<32>(test::bytes_of_hex(group["publicKey"]["pk"]));
    for (const auto& one : group["tests"]) {
      const Bytes signature = test::bytes_of_hex(one["sig"]);
      const bool good = one["result"] == "valid";
      ++(good ? valid : invalid);
      // Our type holds 64 bytes and nothing else; a reader checks the length before.
      const bool verified =
          signature.size() == kSignatureBytes &&
          verify_signature(key, test::bytes_of_hex(one["msg"]), array_of<64>(signature));
      CHECK(verified == good);
    }
  }
  CHECK(valid == 88);
  CHECK(invalid == 63);
}

TEST_CASE("Ed25519 refuses what CCTV's edge points could smuggle in") {
  const auto json = test::third_party_json("cctv/ed25519vectors.json");
  if (!json) return;
  // libsodium accepts a component of low order in A or R, where the point itself is of full order,
  // and refuses all else that is unusual.
  const std::set<std::string> harmless{"low_order_component_A", "low_order_component_R"};
  std::size_t accepted = 0;
  std::size_t refused = 0;
  for (const auto& one : *json) {
    bool expected = true;
    if (one["flags"].is_array()) {
      for (const std::string flag : one["flags"]) expected = expected && harmless.contains(flag);
    }
    const bool verified = verify_signature(array_of<32>(test::bytes_of_hex(one["key"])),
                                           bytes_of(one["msg"].get_ref<const std::string&>()),
                                           array_of<64>(test::bytes_of_hex(one["sig"])));
    CHECK(verified == expected);
    ++(verified ? accepted : refused);
  }
  CHECK(accepted == 43);
  CHECK(refused == 871);
}

}  // namespace valise
