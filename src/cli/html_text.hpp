#pragma once

#include <string>
#include <string_view>

namespace valise::cli {

/// Text as it may stand in HTML, between tags and in quoted attributes: as printable(), with the
/// characters that mean something escaped.
[[nodiscard]] std::string html_text(std::string_view text);

}  // namespace valise::cli
