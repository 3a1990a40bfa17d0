#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace valise::bench {

/// The `attributedBody` of a plain message: an NSAttributedString as the old NSArchiver wrote it
/// (magic 04 0b "streamtyped"), one run of one part. `out` is overwritten; reusing it spares an
/// allocation a row.
void encode_attributed_body(std::string_view text, std::vector<std::uint8_t>& out);

}  // namespace valise::bench
