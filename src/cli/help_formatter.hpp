#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace valise::cli {

/// CLI11's help, with descriptions folded to the width of a terminal.
class HelpFormatter : public CLI::Formatter {
 public:
  HelpFormatter();
  std::string make_option_desc(const CLI::Option* option) const override;
};

/// Broken at blanks into lines of at most `width` bytes, longer words left whole.
[[nodiscard]] std::string folded(const std::string& text, std::size_t width);

}  // namespace valise::cli
