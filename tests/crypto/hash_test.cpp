#include "crypto/hash.hpp"

#include <doctest/doctest.h>
#include <sodium.h>

#include <sstream>

#include "crypto/third_party.hpp"

namespace valise {
namespace {

/// One line "name:<tab>hex" of the BLAKE2 file.
std::optional<Bytes> kat_value(const std::string& line, std::string_view name) {
  if (!line.starts_with(name)) return std::nullopt;
  std::string text = line.substr(name.size());
  std::erase_if(text, [](char c) { return c == '\t' || c == '\r' || c == ' '; });
  return from_hex(text);
}

}  // namespace

TEST_CASE("BLAKE2b-512 with a key gives the official values") {
  const auto file = test::third_party_file("blake2/blake2b-kat.txt");
  if (!file) return;
  std::istringstream lines(text_of(*file));
  std::optional<Bytes> in;
  std::optional<Bytes> key;
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line);) {
    if (auto value = kat_value(line, "in:")) in = std::move(value);
    if (auto value = kat_value(line, "key:")) key = std::move(value);
    const auto expected = kat_value(line, "hash:");
    if (!expected) continue;
    REQUIRE(in);
    REQUIRE(key);
    Bytes out(64);
    crypto_generichash_blake2b(out.data(), 64, in->data(), in->size(), key->data(), key->size());
    CHECK(hex(out) == hex(*expected));
    ++count;
  }
  CHECK(count == 256);
}

TEST_CASE("H is BLAKE2b-256 with the label as personalisation") {
  // Personalised BLAKE2b has no official values; these two were made with CPython's
  // hashlib.blake2b(m, digest_size=32, person=label padded to 16), which is not libsodium.
  CHECK(hex(hash("VL1.test", {})) ==
        "552c775af0b95bef47b395bb18ae2263f45c21818f848212c8ea033e43cdad7c");
  CHECK(hex(hash("0123456789abcdef", {bytes_of("abc")})) ==
        "139dad3b92ad7c4601ae1ba6c616ca59699c6b1e8e789d095e1bec905871f612");
  CHECK(hex(keyed_hash("VL1.test", Bytes(32, 7), {bytes_of("abc")})) ==
        "acdd29aa6d1728d05d74a7b8e0d36ca72e707884479bdb3758933e428f62e283");
  CHECK(hex(derive("VL1.test", Bytes(32, 7), {bytes_of("abc")}).view()) ==
        "acdd29aa6d1728d05d74a7b8e0d36ca72e707884479bdb3758933e428f62e283");
}

TEST_CASE("S is SHA-256 of the padded label and the message") {
  // Made with CPython's hashlib.sha256.
  CHECK(hex(bulk_hash("VL1.test", {})) ==
        "40e8dd1f310184f360fa09f26a75d87ef322700a24a151af9524c66dc6caef8c");
  CHECK(hex(bulk_hash("0123456789abcdef", bytes_of("abc"))) ==
        "ac3897f0ee12bf2590264376fd11d08e1248218af61f5a1fb08ed0fcd8a66557");
}

TEST_CASE("parts are hashed as if they stood in one buffer") {
  const Bytes message = [] {
    Bytes m(1000);
    for (std::size_t i = 0; i < m.size(); ++i) m[i] = static_cast<std::uint8_t>(i * 31);
    return m;
  }();
  const ByteSpan all(message);
  const Bytes32 whole = hash("VL1.test", {all});
  const Bytes key(32, 9);
  const Bytes32 whole_keyed = keyed_hash("VL1.test", key, {all});
  const Bytes32 whole_bulk = bulk_hash("VL1.test", all);
  for (const std::size_t at : {0U, 1U, 127U, 128U, 129U, 999U, 1000U}) {
    const ByteSpan front = all.first(at);
    const ByteSpan back = all.subspan(at);
    CHECK(hash("VL1.test", {front, {}, back}) == whole);
    CHECK(keyed_hash("VL1.test", key, {front, back}) == whole_keyed);
    Hasher hasher("VL1.test");
    hasher.update(front);
    Hasher moved = std::move(hasher);
    moved.update(back);
    CHECK(moved.finish() == whole);
    BulkHasher bulk("VL1.test");
    bulk.update(front);
    BulkHasher moved_bulk = std::move(bulk);
    moved_bulk.update(back);
    CHECK(moved_bulk.finish() == whole_bulk);
  }
}

TEST_CASE("labels and keys keep the functions apart") {
  const Bytes message(10, 1);
  CHECK(hash("VL1.a", {message}) != hash("VL1.b", {message}));
  CHECK(bulk_hash("VL1.a", message) != bulk_hash("VL1.b", message));
  CHECK(keyed_hash("VL1.a", Bytes(32, 1), {message}) !=
        keyed_hash("VL1.a", Bytes(32, 2), {message}));
  CHECK(keyed_hash("VL1.a", Bytes(32), {message}) != hash("VL1.a", {message}));
}

}  // namespace valise
