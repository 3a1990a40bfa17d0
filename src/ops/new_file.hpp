#pragma once

#include <filesystem>

#include "base/bytes.hpp"

namespace valise {

// Files that people hand to each other: requests, answers, drills, cards. They are never written
// over another file.

/// Throws Error(usage) when something stands there, also a dangling link: told before any work.
void refuse_existing_file(const std::filesystem::path& path);

/// Writes a whole new file, durable when it returns. Throws Error(usage) when something stands
/// there, Error(storage).
void write_new_file(const std::filesystem::path& path, ByteSpan content, unsigned mode);

}  // namespace valise
