#include "crypto/argon2.hpp"

#include <argon2.h>
#include <doctest/doctest.h>
#include <sodium.h>

#include "crypto/third_party.hpp"

namespace valise {
namespace {

/// Argon2id with a secret key K, which the wrapper has no use for.
std::string with_secret(const nlohmann::json& one) {
  Bytes password = test::bytes_of_hex(one["password_hex"]);
  Bytes salt = test::bytes_of_hex(one["salt_hex"]);
  Bytes secret = test::bytes_of_hex(one["secret_hex"]);
  Bytes ad = test::bytes_of_hex(one["ad_hex"]);
  Bytes out(32);
  argon2_context context{};
  context.out = out.data();
  context.outlen = 32;
  context.pwd = password.data();
  context.pwdlen = static_cast<std::uint32_t>(password.size());
  context.salt = salt.data();
  context.saltlen = static_cast<std::uint32_t>(salt.size());
  context.secret = secret.data();
  context.secretlen = static_cast<std::uint32_t>(secret.size());
  context.ad = ad.data();
  context.adlen = static_cast<std::uint32_t>(ad.size());
  context.t_cost = one["t"];
  context.m_cost = one["m_kib"];
  context.lanes = one["p"];
  context.threads = one["p"];
  context.version = ARGON2_VERSION_13;
  REQUIRE(argon2id_ctx(&context) == ARGON2_OK);
  return hex(out);
}

std::string with_wrapper(const nlohmann::json& one) {
  const Argon2Cost cost{.memory_kib = one["m_kib"], .passes = one["t"], .lanes = one["p"]};
  return hex(argon2id(test::bytes_of_hex(one["password_hex"]), test::bytes_of_hex(one["salt_hex"]),
                      test::bytes_of_hex(one["ad_hex"]), cost)
                 .view());
}

}  // namespace

TEST_CASE("Argon2id gives the tags of RFC 9106 and of its reference implementation") {
  const auto json = test::third_party_json("argon2/argon2id.json");
  if (!json) return;
  std::size_t wrapped = 0;
  std::size_t direct = 0;
  for (const auto& one : (*json)["tests"]) {
    const bool has_secret = !one["secret_hex"].get<std::string>().empty();
    CHECK((has_secret ? with_secret(one) : with_wrapper(one)) == one["tag"]);
    ++(has_secret ? direct : wrapped);
  }
  CHECK(wrapped + direct == 9);
  CHECK(wrapped >= 8);
}

TEST_CASE("with one lane and no associated data Argon2id is libsodium's") {
  for (std::uint8_t round = 0; round < 4; ++round) {
    const std::string passphrase = "passphrase " + std::to_string(round);
    const Bytes salt(16, round);
    const Argon2Cost cost{.memory_kib = 8U << round, .passes = 1U + round, .lanes = 1};
    Bytes expected(32);
    REQUIRE(crypto_pwhash(expected.data(), 32, passphrase.data(), passphrase.size(), salt.data(),
                          cost.passes, std::size_t{cost.memory_kib} * 1024,
                          crypto_pwhash_ALG_ARGON2ID13) == 0);
    CHECK(hex(argon2id(bytes_of(passphrase), salt, {}, cost).view()) == hex(expected));
  }
}

TEST_CASE("every input of Argon2id changes its result") {
  const Argon2Cost cost{.memory_kib = 64, .passes = 1, .lanes = 2};
  const auto run = [](std::string_view passphrase, std::uint8_t salt, std::uint8_t ad,
                      const Argon2Cost& at) {
    return hex(argon2id(bytes_of(passphrase), Bytes(16, salt), Bytes(72, ad), at).view());
  };
  const std::string base = run("p", 1, 1, cost);
  CHECK(run("p", 1, 1, cost) == base);
  CHECK(run("q", 1, 1, cost) != base);
  CHECK(run("", 1, 1, cost) != base);
  CHECK(run("p", 2, 1, cost) != base);
  CHECK(run("p", 1, 2, cost) != base);
  CHECK(run("p", 1, 1, {.memory_kib = 128, .passes = 1, .lanes = 2}) != base);
  CHECK(run("p", 1, 1, {.memory_kib = 64, .passes = 2, .lanes = 2}) != base);
  CHECK(run("p", 1, 1, {.memory_kib = 64, .passes = 1, .lanes = 1}) != base);
}

}  // namespace valise
