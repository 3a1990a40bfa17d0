#pragma once

#include <filesystem>
#include <initializer_list>
#include <string>

#include "valise/bytes.hpp"

namespace valise::cli {

/// Throws Error(usage) where something stands at `path`, be it a dangling link: a secret is never
/// written over a file. `what` names the secret for the message: "a recovery code".
void refuse_existing_file(const std::filesystem::path& path, const std::string& what);

/// Writes `parts`, one after the other, to a new file of mode 0600 that is on disk when this
/// returns. Straight into the file: a temporary one beside it could be left behind with the secret.
/// Where the writing fails the file is removed again. Throws Error(usage) where something stands
/// there, Error(storage) that ends with `nothing`, which says what was not done.
void write_secret_file(const std::filesystem::path& path, std::initializer_list<ByteSpan> parts,
                       const std::string& what, const std::string& nothing);

}  // namespace valise::cli
