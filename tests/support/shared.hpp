#pragma once

#include <filesystem>
#include <optional>

#include "base/bytes.hpp"

namespace valise::test {

/// The folder with test vectors and real databases made by others, which is not part of the
/// project: $VALISE_SHARED, else `shared` beside the source tree; nothing where it is absent.
[[nodiscard]] std::optional<std::filesystem::path> shared_folder();

/// The project's own folder of vectors, tests/vectors.
[[nodiscard]] std::filesystem::path vectors_folder();

/// A whole file; throws std::runtime_error when it cannot be read.
[[nodiscard]] Bytes read_all(const std::filesystem::path& path);

}  // namespace valise::test
