#include "base/clock.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <ctime>
#include <limits>

#include "support/fake_clock.hpp"

using namespace valise;

TEST_CASE("moments are written in RFC 3339") {
  CHECK(rfc3339(0) == "1970-01-01T00:00:00Z");
  CHECK(rfc3339(951782399) == "2000-02-28T23:59:59Z");
  CHECK(rfc3339(951782400) == "2000-02-29T00:00:00Z");
  CHECK(rfc3339(1769846400) == "2026-01-31T08:00:00Z");
  CHECK(rfc3339(4107542400) == "2100-03-01T00:00:00Z");
  CHECK(rfc3339(253402300799) == "9999-12-31T23:59:59Z");
  CHECK(rfc3339(253402300800) == "9999-12-31T23:59:59Z");
  CHECK(rfc3339(std::numeric_limits<std::uint64_t>::max()) == "9999-12-31T23:59:59Z");
}

TEST_CASE("moments agree with the C library on every day of four centuries") {
  std::size_t different = 0;
  for (std::time_t time = 43200; time < 12'700'000'000; time += 86400) {
    char text[32];
    std::tm parts{};
    gmtime_r(&time, &parts);
    std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    if (rfc3339(static_cast<UnixSeconds>(time)) != text) ++different;
  }
  CHECK(different == 0);
}

TEST_CASE("a day ends with its last second") {
  CHECK(end_of_day("1970-01-01") == 86399);
  CHECK(end_of_day("2026-01-31") == 1769903999);
  CHECK(end_of_day("2024-02-29") == 1709251199);
  CHECK(end_of_day("9999-12-31") == 253402300799);
  CHECK(rfc3339(*end_of_day("2026-11-24")) == "2026-11-24T23:59:59Z");
}

TEST_CASE("what is no day is refused") {
  for (const char* text :
       {"", "2026", "2026-1-31", "2026-02-29", "2026-13-01", "2026-00-10", "2026-01-00",
        "2026-04-31", "1969-12-31", "0000-01-01", "2026/01/31", "2026-01-31 ", " 2026-01-31",
        "2026-01-3x", "+026-01-01", "2026--1-01", "2026-01-31T00:00:00Z", "20260-1-01"}) {
    CAPTURE(text);
    CHECK_FALSE(end_of_day(text));
  }
}

TEST_CASE("the system's clock agrees with the C library's") {
  const auto before = static_cast<UnixSeconds>(std::time(nullptr));
  const UnixSeconds now = system_clock().now();
  CHECK(now + 1 >= before);
  CHECK(now <= static_cast<UnixSeconds>(std::time(nullptr)) + 1);
}

TEST_CASE("a fake clock stands still until it is moved") {
  test::FakeClock clock(100);
  CHECK(clock.now() == 100);
  clock.advance(5);
  CHECK(clock.now() == 105);
  clock.set(7);
  CHECK(clock.now() == 7);
}
