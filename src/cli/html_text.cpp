#include "cli/html_text.hpp"

#include "cli/utf8.hpp"
#include "valise/markup.hpp"

namespace valise::cli {

std::string html_text(std::string_view text) { return escape_markup(printable(text)); }

}  // namespace valise::cli
