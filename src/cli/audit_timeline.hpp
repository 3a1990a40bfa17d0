#pragma once

#include <string>

#include "valise/audit.hpp"

namespace valise::cli {

/// One source's time line as inline SVG, from `from` to `to`: a band for each stretch (plain is
/// end-to-end, hatched is escrowed), a tick where there are backups, gaps cut out of the band,
/// a cross at each backup that is missing or damaged, and dates below.
[[nodiscard]] std::string timeline_svg(const AuditedSource& source, UnixSeconds from,
                                       UnixSeconds to);

}  // namespace valise::cli
