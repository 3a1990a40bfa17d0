#include "format/recovery_code.hpp"

#include <doctest/doctest.h>

#include <random>

#include "base/hex.hpp"
#include "format/golden.hpp"
#include "format/refusal.hpp"
#include "format/root_keys.hpp"
#include "support/effort.hpp"

namespace valise {
namespace {

constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

std::string golden_code() { return test::golden()["root"]["recovery_code"]; }
Bytes golden_seed() { return test::bytes_at(test::golden()["root"]["seed"]); }

bool accepted(std::string_view code) {
  return !test::refusal([&] { static_cast<void>(parse_recovery_code(bytes_of(code))); });
}

// So many that a slip is as likely as not among all changes of one character.
constexpr unsigned kCodes = 500;

std::string fixed_code(unsigned number) {
  std::mt19937 random(20240501 + number);
  Bytes seed(kSeedBytes);
  for (auto& byte : seed) byte = static_cast<std::uint8_t>(random());
  return text_of(format_recovery_code(seed).view());
}

/// Mistyped codes, and how many of them the checksum of 20 bits let through.
struct Slips {
  std::uint64_t tried = 0;
  std::uint64_t passed = 0;

  void count(std::string_view code) {
    ++tried;
    if (accepted(code)) ++passed;
  }
  /// A checksum of 20 bits lets one in 2^20 through. The codes are fixed, so their number is too.
  [[nodiscard]] bool are_few() const {
    MESSAGE(passed << " of " << tried << " mistyped codes pass");
    return passed <= tried / (1U << 20) + 5;
  }
};

}  // namespace

TEST_CASE("a recovery code is the golden one and reads back") {
  CHECK(text_of(format_recovery_code(golden_seed()).view()) == golden_code());
  CHECK(hex(parse_recovery_code(bytes_of(golden_code())).view()) == hex(golden_seed()));
}

TEST_CASE("a recovery code is read as people type it") {
  std::string lower;
  std::string spaced;
  std::string bare;
  std::string confused;
  for (const char c : golden_code()) {
    lower.push_back(static_cast<char>(std::tolower(static_cast<unsigned char>(c))));
    spaced += std::string(1, c == '-' ? '\n' : c) + " ";
    if (c != '-') bare.push_back(c);
    confused.push_back(c == '0' ? 'o' : c == '1' ? 'l' : c);
  }
  for (const std::string& typed : {lower, spaced, bare, confused}) {
    CHECK(hex(parse_recovery_code(bytes_of(typed)).view()) == hex(golden_seed()));
  }
  Bytes seed(kSeedBytes);  // All zero: its code is full of 0, which people write as O.
  std::string code = text_of(format_recovery_code(seed).view());
  for (char& c : code) c = c == '0' ? 'O' : c == '1' ? 'I' : c;
  CHECK(hex(parse_recovery_code(bytes_of(code)).view()) == hex(seed));
}

TEST_CASE(
    "attack: recovery code: one-character changes, transpositions (fixed seeds; 2^-20 slip): "
    "one-character changes") {
  Slips slips;
  for (unsigned number = 0; number < kCodes; number += test::kStride) {
    std::string code = fixed_code(number);
    for (char& place : code) {
      if (place == '-') continue;
      const char right = place;
      for (const char wrong : kAlphabet) {
        place = wrong;
        if (wrong != right) slips.count(code);
      }
      place = right;
    }
  }
  CHECK(slips.tried > kCodes / test::kStride * 36 * 30);
  CHECK(slips.are_few());
}

TEST_CASE(
    "attack: recovery code: one-character changes, transpositions (fixed seeds; 2^-20 slip): "
    "transpositions") {
  Slips slips;
  for (unsigned number = 0; number < kCodes; number += test::kStride) {
    std::string code = fixed_code(number);
    for (std::size_t i = 0; i < code.size(); ++i) {
      for (std::size_t j = i + 1; j < code.size(); ++j) {
        if (code[i] == code[j] || code[i] == '-' || code[j] == '-') continue;
        std::swap(code[i], code[j]);
        slips.count(code);
        std::swap(code[i], code[j]);
      }
    }
  }
  CHECK(slips.tried > kCodes / test::kStride * 500);
  CHECK(slips.are_few());
}

TEST_CASE("a recovery code of the wrong length or alphabet is refused and not repeated") {
  const std::string code = golden_code();
  for (std::size_t length = 0; length < code.size(); ++length) {
    CHECK_FALSE(accepted(std::string_view(code).substr(0, length)));
  }
  CHECK_FALSE(accepted(code + "0"));
  CHECK_FALSE(accepted(code + std::string(100'000, '0')));
  for (const char wrong : {'U', 'u', '!', '\0', '\xff'}) {
    std::string changed = code;
    changed[5] = wrong;
    const auto error =
        test::refusal([&] { static_cast<void>(parse_recovery_code(bytes_of(changed))); });
    REQUIRE(error);
    CHECK(error->kind() == ErrorKind::wrong_key);
    CHECK(std::string(error->what()).find("character 5 ") != std::string::npos);
    CHECK(std::string(error->what()).find(code.substr(0, 4)) == std::string::npos);
  }
}

}  // namespace valise
