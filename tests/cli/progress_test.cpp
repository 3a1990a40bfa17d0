#include "cli/progress.hpp"

#include <doctest/doctest.h>

#include <map>
#include <vector>

#include "cli/environment.hpp"
#include "cli/json_out.hpp"

namespace valise::cli {

using test::environment;

namespace {

using Form = ProgressStyle::Form;

struct Printed {
  std::vector<std::string> texts;
  std::function<void(const std::string&)> print() {
    return [this](const std::string& text) { texts.push_back(text); };
  }
};

constexpr Progress kHalf{.step = "seal", .object = "chat.db", .done = 5'000, .total = 10'000};

}  // namespace

TEST_CASE("progress is a line on a terminal, and a log line a minute elsewhere") {
  const Environment plain = environment({{"TERM", "xterm"}});
  const ProgressStyle line = progress_style({.terminal = true}, plain);
  CHECK(line.form == Form::line);
  CHECK(line.escapes);
  CHECK(line.per_second == doctest::Approx(10));
  const ProgressStyle log = progress_style({.terminal = false}, plain);
  CHECK(log.form == Form::log);
  CHECK(log.per_second == doctest::Approx(1.0 / 60));
  CHECK(progress_style({.json = true, .terminal = true}, plain).form == Form::json);
  CHECK(progress_style({.quiet = true, .terminal = true}, plain).form == Form::none);
}

TEST_CASE("NO_COLOR and a dumb terminal get no escape sequences") {
  const ProgressRequest request{.terminal = true};
  CHECK_FALSE(progress_style(request, environment({{"TERM", "xterm"}, {"NO_COLOR", "1"}})).escapes);
  CHECK(progress_style(request, environment({{"TERM", "xterm"}, {"NO_COLOR", ""}})).escapes);
  CHECK_FALSE(progress_style(request, environment({{"TERM", "dumb"}})).escapes);
}

TEST_CASE("an invalid VALISE_PROGRESS_FPS is an error even where nothing is shown") {
  for (const char* bad : {"", "0", "-1", "61", "ten", "5x", "nan", "inf"}) {
    CAPTURE(bad);
    CHECK_THROWS_AS(static_cast<void>(progress_style({.quiet = true},
                                                     environment({{"VALISE_PROGRESS_FPS", bad}}))),
                    Error);
  }
  CHECK(progress_style({}, environment({{"VALISE_PROGRESS_FPS", "0.5"}})).per_second ==
        doctest::Approx(0.5));
}

TEST_CASE("a log stays silent for the first minute and then gets a line a minute") {
  Printed printed;
  const auto begin = std::chrono::steady_clock::now();
  ProgressPrinter printer({.form = Form::log, .per_second = 1.0 / 60}, printed.print());
  for (int second = 0; second < 59; ++second) {
    printer.update(kHalf, begin + std::chrono::seconds(second));
  }
  CHECK(printed.texts.empty());
  for (int second = 61; second < 181; ++second) {
    printer.update(kHalf, begin + std::chrono::seconds(second));
  }
  REQUIRE(printed.texts.size() == 2);
  CHECK(printed.texts.front() == "valise: seal chat.db: 5.0 KB of 10.0 KB, 50 %\n");
}

TEST_CASE("the line of a terminal is taken away before other text") {
  Printed printed;
  ProgressPrinter printer({.form = Form::line, .per_second = 10, .escapes = false},
                          printed.print());
  printer.update(kHalf);
  printer.update(kHalf);  // too early
  printer.clear();
  printer.clear();
  REQUIRE(printed.texts.size() == 2);
  const std::string line = "seal chat.db: 5.0 KB of 10.0 KB, 50 %";
  CHECK(printed.texts[0] == line);
  CHECK(printed.texts[1] == "\r" + std::string(line.size(), ' ') + "\r");
}

TEST_CASE("status lines are JSON") {
  Printed printed;
  ProgressPrinter printer({.form = Form::json, .per_second = 60}, printed.print());
  printer.update(kHalf, std::chrono::steady_clock::now() + std::chrono::seconds(1));
  REQUIRE(printed.texts.size() == 1);
  CHECK(Json::parse(printed.texts[0])["type"] == "status");
}

TEST_CASE("progress counts what it says it counts") {
  CHECK(progress_text({.step = "read", .object = "", .done = 1200, .total = 0, .unit = "pages"}) ==
        "read: 1,200 pages");
  CHECK(progress_text({.step = "look", .object = ""}) == "look");
}

}  // namespace valise::cli
