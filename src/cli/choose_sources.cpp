#include "cli/choose_sources.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "cli/terminal.hpp"
#include "cli/text_out.hpp"
#include "cli/utf8.hpp"

namespace valise::cli {

namespace {

constexpr int kTries = 3;
constexpr std::string_view kSeparators = " ,\t";

std::string question_about(const std::vector<SourceRow>& rows,
                           const std::vector<std::size_t>& readable) {
  std::string text = "Found here, and not backed up yet:\n";
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto at = std::find(readable.begin(), readable.end(), i);
    const std::string number =
        at == readable.end() ? "-" : std::to_string(at - readable.begin() + 1);
    text += fmt::format("  {:>2}  {}  {}\n      {}\n", number, printable(rows[i].profile),
                        printable_path(rows[i].path), source_content(rows[i]));
  }
  return text;
}

}  // namespace

std::optional<std::vector<std::size_t>> parse_choice(const std::string& answer, std::size_t count) {
  std::vector<std::size_t> chosen;
  bool all = answer.find_first_not_of(kSeparators) == std::string::npos;
  for (std::size_t at = 0; (at = answer.find_first_not_of(kSeparators, at)) != std::string::npos;) {
    const std::size_t end = std::min(answer.find_first_of(kSeparators, at), answer.size());
    const std::string_view word = std::string_view(answer).substr(at, end - at);
    at = end;
    if (word == "all") {
      all = true;
      continue;
    }
    std::size_t number = 0;
    const auto result = std::from_chars(word.data(), word.data() + word.size(), number);
    if (result.ec != std::errc() || result.ptr != word.data() + word.size() || number == 0 ||
        number > count) {
      return std::nullopt;
    }
    if (std::find(chosen.begin(), chosen.end(), number - 1) == chosen.end()) {
      chosen.push_back(number - 1);
    }
  }
  if (!all) return chosen;
  if (!chosen.empty()) return std::nullopt;
  for (std::size_t i = 0; i < count; ++i) chosen.push_back(i);
  return chosen;
}

std::vector<std::filesystem::path> choose_sources(Session& session, const Run& run) {
  const std::vector<SourceRow> rows = sources_to_choose(run);
  if (rows.size() == 1 && !session.json()) {
    session.report(
        "Nothing was backed up here before; taking the one database that was found:\n  " +
        printable_path(rows.front().path) + "\n");
  }
  std::optional<Terminal> terminal = Terminal::open();
  if (!terminal) return {};
  std::vector<std::size_t> readable;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].problem.empty()) readable.push_back(i);
  }
  std::vector<std::filesystem::path> chosen;
  if (rows.size() < 2 || readable.empty()) {
    // Each is then refused with what to do about it.
    for (const SourceRow& row : rows) chosen.push_back(row.path);
    return chosen;
  }
  terminal->show(question_about(rows, readable));
  for (int i = 0; i < kTries; ++i) {
    const auto answer =
        terminal->ask_line("Which of them? Numbers, or Enter for all that have one: ");
    if (!answer) break;
    if (const auto numbers = parse_choice(*answer, readable.size())) {
      for (const std::size_t number : *numbers) chosen.push_back(rows[readable[number]].path);
      return chosen;
    }
    terminal->show(
        fmt::format("Numbers from 1 to {}, for example \"1 2\", or \"all\".\n", readable.size()));
  }
  throw Error(ErrorKind::usage, "nothing was chosen; name the databases to back up");
}

}  // namespace valise::cli
