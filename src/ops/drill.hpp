#pragma once

#include "storage/storage.hpp"
#include "valise/drill.hpp"

namespace valise {

/// The verb on any storage; `options.request` is not looked at. See valise/drill.hpp.
[[nodiscard]] DrillReport drill_in(Storage& storage, const Run& run, const DrillOptions& options,
                                   const UnlockSource& unlock);
[[nodiscard]] DrillReport accept_drills_in(Storage& storage, const Run& run,
                                           const std::filesystem::path& file);

}  // namespace valise
