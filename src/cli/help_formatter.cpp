#include "cli/help_formatter.hpp"

#include <sstream>

namespace valise::cli {

namespace {

constexpr std::size_t kNameColumns = 32;
constexpr std::size_t kLineColumns = 80;

}  // namespace

HelpFormatter::HelpFormatter() { column_width(kNameColumns); }

std::string HelpFormatter::make_option_desc(const CLI::Option* option) const {
  return folded(option->get_description(), kLineColumns - kNameColumns);
}

std::string folded(const std::string& text, std::size_t width) {
  std::istringstream words(text);
  std::string out;
  std::size_t line_bytes = 0;
  for (std::string word; words >> word;) {
    const bool fits = line_bytes + 1 + word.size() <= width;
    if (!out.empty()) out += fits ? ' ' : '\n';
    line_bytes = fits && !out.empty() ? line_bytes + 1 + word.size() : word.size();
    out += word;
  }
  return out;
}

}  // namespace valise::cli
