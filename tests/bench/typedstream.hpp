#pragma once

#include <string>
#include <string_view>

namespace valise::bench {

/// The `attributedBody` of a plain message: an NSAttributedString as the old NSArchiver wrote it
/// (magic 04 0b "streamtyped"), one run of one part. `out` is overwritten; reusing it spares an
/// allocation a row.
void encode_attributed_body(std::string_view text, std::string& out);

}  // namespace valise::bench
