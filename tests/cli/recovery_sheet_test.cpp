#include "cli/recovery_sheet.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <fstream>
#include <map>
#include <regex>

#include "cli/qr_code.hpp"
#include "cli/secret_file.hpp"
#include "support/error_kind.hpp"
#include "support/night_fixture.hpp"
#include "support/texts.hpp"

namespace valise::cli {

namespace {

constexpr const char* kCode = "X6DS-1BAX-6FKX-ZH9S-YCTF-PVMB-8AN6-QHWA-AV12";

RecoverySheet sample_sheet() {
  RecoverySheet sheet;
  sheet.vault_id = std::string(32, 'a');
  sheet.owner_fingerprint = "N2JZ-3TTZ-C4QV-QJJ7";
  sheet.vault = "/mnt/usb/<vault> & \"Ann's\"";
  sheet.made = 1'800'000'000;
  sheet.has_passphrase = true;
  return sheet;
}

std::string page_of(const RecoverySheet& sheet, const std::string& code = kCode) {
  return text_of(recovery_sheet_html(sheet, Secret::copy_of(bytes_of(code))).view());
}

/// The modules that the page draws, the quiet zone around them left out: rows of '#' and '.'.
std::vector<std::string> drawn_modules(const std::string& page) {
  std::smatch box;
  REQUIRE(std::regex_search(page, box, std::regex("viewBox=\"0 0 (\\d+) (\\d+)\"")));
  CHECK(box[1] == box[2]);
  const std::size_t side = std::stoul(box[1]);
  std::vector<std::string> canvas(side, std::string(side, '.'));
  const std::regex run("M(\\d+) (\\d+)h(\\d+)v1h-(\\d+)z");
  for (std::sregex_iterator at(page.begin(), page.end(), run), end; at != end; ++at) {
    CHECK((*at)[3] == (*at)[4]);
    const std::size_t x = std::stoul((*at)[1]);
    const std::size_t y = std::stoul((*at)[2]);
    const std::size_t length = std::stoul((*at)[3]);
    REQUIRE(y < side);
    REQUIRE(x + length <= side);
    canvas[y].replace(x, length, std::string(length, '#'));
  }
  constexpr std::size_t kQuiet = 4;
  for (std::size_t i = 0; i < side; ++i) {
    for (std::size_t j = 0; j < kQuiet; ++j) {
      CHECK((canvas[i][j] == '.' && canvas[i][side - 1 - j] == '.'));
      CHECK((canvas[j][i] == '.' && canvas[side - 1 - j][i] == '.'));
    }
  }
  std::vector<std::string> inner(canvas.begin() + kQuiet, canvas.end() - kQuiet);
  for (std::string& row : inner) row = row.substr(kQuiet, side - 2 * kQuiet);
  return inner;
}

// A reader for version 3 with correction level Q, written from ISO/IEC 18004 and knowing nothing of
// the library that made the code: mask, placement, interleaving, alphanumeric mode. It corrects
// nothing: what was made by a program is without damage.

constexpr std::size_t kSide = 29;

bool is_function_module(std::size_t x, std::size_t y) {
  const bool finders = (x < 9 && y < 9) || (x < 9 && y >= kSide - 8) || (x >= kSide - 8 && y < 9);
  const bool timing = x == 6 || y == 6;
  const bool alignment = x >= 20 && x <= 24 && y >= 20 && y <= 24;
  return finders || timing || alignment;
}

bool is_masked(unsigned mask, std::size_t x, std::size_t y) {
  switch (mask) {
    case 0:
      return (x + y) % 2 == 0;
    case 1:
      return y % 2 == 0;
    case 2:
      return x % 3 == 0;
    case 3:
      return (x + y) % 3 == 0;
    case 4:
      return (y / 2 + x / 3) % 2 == 0;
    case 5:
      return x * y % 2 + x * y % 3 == 0;
    case 6:
      return (x * y % 2 + x * y % 3) % 2 == 0;
    default:
      return ((x + y) % 2 + x * y % 3) % 2 == 0;
  }
}

std::vector<unsigned> codewords(const std::vector<std::string>& modules, unsigned mask) {
  std::vector<unsigned> words;
  unsigned word = 0;
  unsigned bits = 0;
  bool up = true;
  // Pairs of columns from the right, without the one of the timing pattern.
  for (const std::size_t right :
       {28U, 26U, 24U, 22U, 20U, 18U, 16U, 14U, 12U, 10U, 8U, 5U, 3U, 1U}) {
    for (std::size_t step = 0; step < kSide; ++step) {
      const std::size_t y = up ? kSide - 1 - step : step;
      for (const std::size_t x : {right, right - 1}) {
        if (is_function_module(x, y)) continue;
        word = word * 2 + ((modules[y][x] == '#') != is_masked(mask, x, y) ? 1U : 0U);
        if (++bits < 8) continue;
        words.push_back(word);
        word = bits = 0;
      }
    }
    up = !up;
  }
  return words;
}

std::string decode_qr(const std::vector<std::string>& modules) {
  REQUIRE(modules.size() == kSide);
  // Format information beside the upper left finder: level (2 bits), mask (3 bits), under a mask of
  // its own.
  unsigned format = 0;
  for (std::size_t x = 0; x < 5; ++x) format = format * 2 + (modules[8][x] == '#' ? 1U : 0U);
  format ^= 0b10101U;
  REQUIRE((format >> 3U) == 3);  // Level Q
  const std::vector<unsigned> words = codewords(modules, format & 7U);
  // Two blocks of 17 data words, dealt out in turn.
  std::string bits;
  for (const std::size_t block : {0U, 1U}) {
    for (std::size_t i = 0; i < 17; ++i) {
      for (unsigned bit = 8; bit-- > 0;)
        bits += (words[2 * i + block] >> bit & 1U) != 0 ? '1' : '0';
    }
  }
  std::size_t at = 0;
  const auto take = [&](std::size_t count) {
    const std::size_t value = std::stoul(bits.substr(at, count), nullptr, 2);
    at += count;
    return value;
  };
  constexpr std::string_view kAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
  std::string text;
  // Segments: alphanumeric (2), numeric (1); 0 ends.
  for (std::size_t mode = take(4); mode != 0; mode = at + 4 <= bits.size() ? take(4) : 0) {
    REQUIRE((mode == 1 || mode == 2));
    std::size_t count = take(mode == 2 ? 9 : 10);
    while (count > 0 && mode == 2) {
      const std::size_t pair = take(count > 1 ? 11 : 6);
      if (count > 1) text += kAlphabet[pair / 45];
      text += kAlphabet[pair % 45];
      count -= std::min<std::size_t>(count, 2);
    }
    while (count > 0 && mode == 1) {
      const std::size_t digits = std::min<std::size_t>(count, 3);
      std::string number = std::to_string(take(digits * 3 + 1));
      text += std::string(digits - number.size(), '0') + number;
      count -= digits;
    }
  }
  return text;
}

}  // namespace

TEST_CASE("the QR code of a recovery sheet says exactly the code") {
  for (const std::string code : {kCode, "0000-0000-0000-0000-0000-0000-0000-0000-0000",
                                 "7ZZZ-A1B2-9999-0001-QRST-VWXY-3333-1234-5678"}) {
    CAPTURE(code);
    CHECK(decode_qr(drawn_modules(page_of(sample_sheet(), code))) == code);
  }
  test::NightFixture fixture;
  static_cast<void>(make_recovery_sheet(
      fixture.run(), fixture.owner(), [&](const RecoverySheet& sheet, const Secret& code) {
        CHECK(equal_secret(code.view(), fixture.code().view()));
        const std::string shown =
            decode_qr(drawn_modules(text_of(recovery_sheet_html(sheet, code).view())));
        CHECK(shown == text_of(fixture.code().view()));
      }));
}

TEST_CASE("a recovery sheet shows the code in groups, and what it belongs to") {
  const std::string page = page_of(sample_sheet());
  std::string groups;
  const std::regex group("<span>([0-9A-Z]{4})</span>");
  for (std::sregex_iterator at(page.begin(), page.end(), group), end; at != end; ++at) {
    groups += (groups.empty() ? "" : "-") + (*at)[1].str();
  }
  CHECK(groups == kCode);
  CHECK(test::contains(page, std::string(32, 'a')));
  CHECK(test::contains(page, "N2JZ-3TTZ-C4QV-QJJ7"));
  CHECK(test::contains(page, "2027-01-15"));
  CHECK(test::contains(page, "/mnt/usb/&lt;vault&gt; &amp; &quot;Ann&#39;s&quot;"));
  CHECK(test::contains(page, "When it and the passphrase are both lost"));
  RecoverySheet without = sample_sheet();
  without.has_passphrase = false;
  CHECK(test::contains(page_of(without), "The vault has no passphrase"));
}

TEST_CASE("a recovery sheet runs nothing and fetches nothing") {
  const std::string page = page_of(sample_sheet());
  for (const char* word :
       {"<script", "http:", "https:", "url(", "@import", "<img", "<link", "src="}) {
    CAPTURE(word);
    CHECK_FALSE(test::contains(page, word));
  }
  CHECK(test::contains(page, "default-src 'none'"));
}

TEST_CASE("a secret's file is new, private, and gone again where it cannot be written") {
  const test::TempFolder folder;
  const std::filesystem::path path = folder.path() / "sheet.html";
  write_secret_file(path, {bytes_of("one"), bytes_of(" two")}, "a sheet", "nothing was made");
  std::ifstream in(path);
  const std::string content{std::istreambuf_iterator<char>(in), {}};
  CHECK(content == "one two");
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 07777U) == 0600U);
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()),
                      std::filesystem::directory_iterator()) == 1);
  const auto again = [&](const std::filesystem::path& to) {
    return test::kind_of([&] { write_secret_file(to, {bytes_of("x")}, "a sheet", "nothing"); });
  };
  CHECK(again(path) == ErrorKind::usage);
  CHECK(test::kind_of([&] { refuse_existing_file(path, "a sheet"); }) == ErrorKind::usage);
  CHECK(again(folder.path() / "absent" / "sheet.html") == ErrorKind::storage);
  std::filesystem::create_symlink(folder.path() / "nowhere", folder.path() / "link");
  CHECK(again(folder.path() / "link") == ErrorKind::usage);
  CHECK_FALSE(std::filesystem::exists(folder.path() / "nowhere"));
}

}  // namespace valise::cli
