#pragma once

// Private to this room: what the writer and the reader of a manifest have to agree on.

#include <string_view>

#include "format/manifest.hpp"

namespace valise {

inline constexpr std::uint64_t kManifestVersion = 1;
inline constexpr std::size_t kRecordRowBytes = 12;

/// Why the manifest cannot be; empty where it can. The same for writing and for reading. `source`
/// is the manifest's, made readable.
[[nodiscard]] std::string_view manifest_fault_of(const Manifest& manifest,
                                                 const SourceInfo& source);

/// The one form that a manifest without a fault has. `source` as above.
[[nodiscard]] Bytes manifest_cbor(const Manifest& manifest, const SourceInfo& source);

}  // namespace valise
