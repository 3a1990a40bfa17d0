#pragma once

#include <string>
#include <string_view>

namespace valise {

/// `text` as it stands in HTML and in XML, in an attribute too: & < > " and ' are written as
/// references that both know. What cannot stand there at all (control characters) is the caller's
/// to keep out.
[[nodiscard]] std::string escape_markup(std::string_view text);

}  // namespace valise
