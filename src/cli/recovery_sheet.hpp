#pragma once

#include "valise/sheet.hpp"

namespace valise::cli {

/// The sheet as one HTML page without a script or anything from elsewhere, to be printed on A4 or
/// US Letter. It is built in guarded memory, since the code is in it, as text and as a QR code.
[[nodiscard]] Secret recovery_sheet_html(const RecoverySheet& sheet, const Secret& code);

}  // namespace valise::cli
