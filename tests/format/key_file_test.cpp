#include "format/key_file.hpp"

#include <doctest/doctest.h>

#include "base/cursor.hpp"
#include "base/hex.hpp"
#include "crypto/aead.hpp"
#include "crypto/hash.hpp"
#include "format/golden.hpp"
#include "format/refusal.hpp"
#include "format/vector_file.hpp"

namespace valise {
namespace {

const nlohmann::json& golden_key_file() { return test::golden()["keyfile"]; }
Bytes golden_file() { return test::bytes_at(golden_key_file()["file"]); }
std::string golden_passphrase() { return golden_key_file()["passphrase"]; }
RootKeys golden_owner() { return RootKeys(test::bytes_at(test::golden()["root"]["seed"])); }

Argon2Cost golden_cost() {
  return {.memory_kib = golden_key_file()["m_kib"],
          .passes = golden_key_file()["t"],
          .lanes = golden_key_file()["p"]};
}

/// The golden file with another cost in its header.
Bytes with_cost(const Argon2Cost& cost) {
  ByteWriter out;
  out.bytes(ByteSpan(golden_file()).first(8));
  out.u32(cost.memory_kib).u32(cost.passes).u32(cost.lanes);
  out.bytes(ByteSpan(golden_file()).subspan(20));
  return out.take();
}

}  // namespace

TEST_CASE("a key file is the golden one and opens") {
  const KeyFile made = seal_key_file(golden_owner(), bytes_of(golden_passphrase()), golden_cost(),
                                     test::array_at<16>(golden_key_file()["salt"]));
  CHECK(hex(made) == hex(golden_file()));
  CHECK(key_file_cost(golden_file(), "keys/0001") == golden_cost());
  CHECK(key_file_root_pk(golden_file(), "keys/0001") == golden_owner().sign_pk());
  const RootKeys keys = open_key_file(golden_file(), bytes_of(golden_passphrase()), "keys/0001");
  CHECK(hex(keys.seed()) == test::golden()["root"]["seed"]);
}

TEST_CASE("a wrong passphrase and a damaged key file give the same error") {
  const auto wrong = test::refusal(
      [] { static_cast<void>(open_key_file(golden_file(), bytes_of("wrong"), "keys/0001")); });
  REQUIRE(wrong);
  CHECK(wrong->kind() == ErrorKind::wrong_key);
  // One byte each of the salt, the public key, the sealed seed and the commitment, all the way
  // through Argon2id.
  for (const std::size_t at : {24U, 45U, 80U, 139U}) {
    Bytes damaged = golden_file();
    damaged[at] ^= 0x10;
    const auto error = test::refusal([&] {
      static_cast<void>(open_key_file(damaged, bytes_of(golden_passphrase()), "keys/0001"));
    });
    REQUIRE(error);
    CHECK(error->kind() == wrong->kind());
    CHECK(std::string(error->what()) == std::string(wrong->what()));
  }
}

TEST_CASE(
    "attack: every bit of a manifest, record, refs, pack, key file, card, drill: a key file, even "
    "with its key encryption key") {
  const Bytes file = golden_file();
  const Secret kek = argon2id(bytes_of(golden_passphrase()), ByteSpan(file).subspan(24, 16),
                              ByteSpan(file).first(72), golden_cost());
  REQUIRE(unwrap_key_file(file, kek, "keys/0001").sign_pk() == golden_owner().sign_pk());
  CHECK(test::bit_flips_that_pass(file, [&](ByteSpan changed) {
          const auto error =
              test::refusal([&] { static_cast<void>(unwrap_key_file(changed, kek, "keys/0001")); });
          return !error || !std::string_view(error->what()).starts_with("keys/0001: ");
        }) == 0);
}

TEST_CASE("attack: truncate at every length; append garbage: a key file") {
  const auto accepted = [](ByteSpan bytes) {
    return !test::refused(ErrorKind::corrupt, "keys/0001", [&] {
      static_cast<void>(open_key_file(bytes, bytes_of(golden_passphrase()), "keys/0001"));
    });
  };
  CHECK(test::truncations_that_pass(golden_file(), accepted) == 0);
  CHECK(test::appendices_that_pass(golden_file(), accepted) == 0);
}

TEST_CASE("a key file of a newer version says so") {
  Bytes file = golden_file();
  file[7] = '2';
  const auto error = test::refusal([&] { static_cast<void>(key_file_root_pk(file, "keys/0001")); });
  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::corrupt);
  CHECK(std::string(error->what()).find("newer version") != std::string::npos);
}

TEST_CASE(
    "attack: key file m=4 TiB, t=2^32-1, p=0; two passphrases crafted for one file: every cost "
    "outside the limits") {
  constexpr std::uint32_t kMost = 0xffffffff;
  const Argon2Cost costs[] = {
      {.memory_kib = kMost, .passes = 3, .lanes = 4},  // 4 TiB
      {.memory_kib = kKeyFileMemoryKibMax + 1, .passes = 1, .lanes = 1},
      {.memory_kib = kKeyFileMemoryKibMin - 1, .passes = 3, .lanes = 4},
      {.memory_kib = 0, .passes = 3, .lanes = 4},
      {.memory_kib = 65536, .passes = kMost, .lanes = 4},
      {.memory_kib = 65536, .passes = 65, .lanes = 4},
      {.memory_kib = 65536, .passes = 0, .lanes = 4},
      {.memory_kib = 65536, .passes = 3, .lanes = 0},
      {.memory_kib = 65536, .passes = 3, .lanes = 17},
      {.memory_kib = kKeyFileMemoryKibMax, .passes = 5, .lanes = 4},  // 20 GiB of work
  };
  for (const Argon2Cost& cost : costs) {
    CHECK(test::refused(ErrorKind::limit, "keys/0001", [&] {
      static_cast<void>(open_key_file(with_cost(cost), bytes_of("x"), "keys/0001"));
    }));
    CHECK(test::refused(ErrorKind::limit, "key file", [&] {
      static_cast<void>(seal_key_file(golden_owner(), bytes_of("x"), cost, Bytes16{}));
    }));
  }
  CHECK(key_file_cost(with_cost({.memory_kib = 4 * 1024 * 1024, .passes = 4, .lanes = 16}), "k")
            .passes == 4);
}

TEST_CASE(
    "attack: key file m=4 TiB, t=2^32-1, p=0; two passphrases crafted for one file: where all else "
    "fits the second key, the commitment refuses") {
  // XChaCha20-Poly1305 does not commit to its key, so the tag alone would not settle who may open
  // it. Here the tag and the seed fit a second key, and the commitment is that of the first.
  const Bytes file = golden_file();
  const Secret kek = Secret::copy_of(Bytes(32, 1));
  Bytes crafted(file.begin(), file.begin() + 72);
  append(crafted, seal(derive("VL1.key.wrap", kek.view(), {}).view(), golden_owner().seed(),
                       ByteSpan(file).first(72)));
  append(crafted, ByteSpan(file).subspan(108));
  CHECK(test::refused(ErrorKind::wrong_key, "keys/0001",
                      [&] { static_cast<void>(unwrap_key_file(crafted, kek, "keys/0001")); }));
}

TEST_CASE(
    "attack: key file m=4 TiB, t=2^32-1, p=0; two passphrases crafted for one file: one ciphertext "
    "that both open") {
  // Poly1305 is a polynomial in a key that the attacker knows, so one block of ciphertext can be
  // solved for that gives both keys the same tag (J. Len, P. Grubbs, T. Ristenpart, "Partitioning
  // Oracle Attacks", 2021). The files differ in whose commitment they carry.
  const auto vector = test::vector_file("key_file", "two_passphrases");
  for (std::size_t of = 0; of < 2; ++of) {
    const Bytes file = test::unhex(vector["files"][of]);
    const Argon2Cost cost = key_file_cost(file, "keys/0001");
    std::vector<Bytes> seeds;
    for (std::size_t with = 0; with < 2; ++with) {
      const std::string passphrase = vector["passphrases"][with];
      const Secret kek = argon2id(bytes_of(passphrase), ByteSpan(file).subspan(24, 16),
                                  ByteSpan(file).first(72), cost);
      const auto seed = open(derive("VL1.key.wrap", kek.view(), {}).view(),
                             ByteSpan(file).subspan(72, 36), ByteSpan(file).first(72));
      REQUIRE(seed);
      seeds.push_back(*seed);
      const bool committed =
          keyed_hash("VL1.key.commit", kek.view(), {ByteSpan(file).first(108)}) ==
          array_of<32>(ByteSpan(file).subspan(108));
      CHECK(committed == (of == with));
      CHECK(test::refused(ErrorKind::wrong_key, "keys/0001", [&] {
        static_cast<void>(open_key_file(file, bytes_of(passphrase), "keys/0001"));
      }));
    }
    CHECK(seeds[0] != seeds[1]);
  }
}

TEST_CASE("a key file that wraps the seed of another owner is refused") {
  ByteWriter file;
  file.bytes(ByteSpan(golden_file()).first(40)).bytes(RootKeys(Bytes(20, 9)).sign_pk());
  const Secret kek = Secret::copy_of(Bytes(32, 1));
  file.bytes(
      seal(derive("VL1.key.wrap", kek.view(), {}).view(), golden_owner().seed(), file.view()));
  file.bytes(keyed_hash("VL1.key.commit", kek.view(), {file.view()}));
  CHECK(test::refused(ErrorKind::wrong_key, "keys/0001",
                      [&] { static_cast<void>(unwrap_key_file(file.view(), kek, "keys/0001")); }));
}

}  // namespace valise
