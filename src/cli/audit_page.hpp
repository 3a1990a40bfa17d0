#pragma once

#include <string>
#include <string_view>

namespace valise::cli {

/// From the doctype to the beginning of the body: the page's looks, and nothing from elsewhere.
[[nodiscard]] std::string audit_page_head(std::string_view title);

}  // namespace valise::cli
