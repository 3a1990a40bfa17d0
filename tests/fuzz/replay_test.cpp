// The fuzz targets as an ordinary test: over every file of their corpus, and over changes of it
// that a seeded generator makes. A find of a long fuzz run becomes a file in the corpus.

#include <doctest/doctest.h>

#include <filesystem>
#include <random>

#include "fuzz/fuzz_target.hpp"
#include "support/shared.hpp"

namespace valise {
namespace {

std::vector<Bytes> corpus(const std::string& format) {
  const auto folder =
      std::filesystem::path(VALISE_SOURCE_DIR) / "tests" / "fuzz" / "corpus" / format;
  std::vector<std::filesystem::path> paths;
  for (const auto& file : std::filesystem::directory_iterator(folder)) paths.push_back(file.path());
  std::sort(paths.begin(), paths.end());
  std::vector<Bytes> inputs;
  for (const auto& path : paths) inputs.push_back(test::read_all(path));
  return inputs;
}

/// One to four changes of the kinds that find most: a bit, a byte, a stretch cut out or doubled, a
/// number at the edge of its type, a piece of another input.
Bytes changed(Bytes input, const std::vector<Bytes>& all, std::mt19937& random) {
  const auto below = [&](std::size_t n) { return n == 0 ? 0 : random() % n; };
  for (std::size_t change = 0, count = 1 + below(4); change < count; ++change) {
    const std::size_t at = below(input.size());
    const auto place = input.begin() + static_cast<std::ptrdiff_t>(at);
    const std::size_t length = std::min<std::size_t>(input.size() - at, 1 + below(16));
    switch (below(6)) {
      case 0:
        if (!input.empty()) *place ^= static_cast<std::uint8_t>(1U << below(8));
        break;
      case 1:
        if (!input.empty()) *place = static_cast<std::uint8_t>(random());
        break;
      case 2:
        input.erase(place, place + static_cast<std::ptrdiff_t>(length));
        break;
      case 3: {
        const Bytes doubled(place, place + static_cast<std::ptrdiff_t>(length));
        input.insert(place, doubled.begin(), doubled.end());
        break;
      }
      case 4:
        std::fill_n(place, length, below(2) == 0 ? std::uint8_t{0} : std::uint8_t{0xff});
        break;
      default: {
        const Bytes& other = all[below(all.size())];
        const std::size_t from = below(other.size());
        const std::size_t most = std::min(input.size() - at, other.size() - from);
        std::copy_n(other.begin() + static_cast<std::ptrdiff_t>(from), std::min(length, most),
                    place);
      }
    }
  }
  return input;
}

void replay(const std::string& format, void (*target)(ByteSpan)) {
  const std::vector<Bytes> inputs = corpus(format);
  REQUIRE(inputs.size() >= 2);
  CHECK_NOTHROW(target({}));
  for (const Bytes& input : inputs) CHECK_NOTHROW(target(input));
  std::mt19937 random(20240601);
  for (int round = 0; round < 500; ++round) {
    const Bytes input = changed(inputs[random() % inputs.size()], inputs, random);
    CAPTURE(round);
    CHECK_NOTHROW(target(input));
  }
}

}  // namespace

TEST_CASE("fuzz replay: answer") { replay("answer", fuzz::answer); }
TEST_CASE("fuzz replay: card") { replay("card", fuzz::card); }
TEST_CASE("fuzz replay: catalog") { replay("catalog", fuzz::catalog); }
TEST_CASE("fuzz replay: container") { replay("container", fuzz::container); }
TEST_CASE("fuzz replay: drill") { replay("drill", fuzz::drill); }
TEST_CASE("fuzz replay: entry") { replay("entry", fuzz::entry); }
TEST_CASE("fuzz replay: key_file") { replay("key_file", fuzz::key_file); }
TEST_CASE("fuzz replay: manifest") { replay("manifest", fuzz::manifest); }
TEST_CASE("fuzz replay: page_records") { replay("page_records", fuzz::page_records); }
TEST_CASE("fuzz replay: recovery_code") { replay("recovery_code", fuzz::recovery_code); }
TEST_CASE("fuzz replay: request") { replay("request", fuzz::request); }

TEST_CASE("a fuzz target reports a broken promise and an unexpected error") {
  CHECK_THROWS_AS(fuzz::promise(false, "kept"), std::logic_error);
  CHECK_THROWS_AS(fuzz::accepts([] { throw Error(ErrorKind::internal, "defect"); }), Error);
  CHECK_FALSE(fuzz::accepts([] { throw Error(ErrorKind::corrupt, "damaged"); }));
  CHECK(fuzz::accepts([] {}));
}

}  // namespace valise
