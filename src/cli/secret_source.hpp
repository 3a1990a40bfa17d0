#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "valise/secret.hpp"

namespace valise::cli {

/// The longest passphrase or code that is read; a file given by mistake is refused, not loaded.
constexpr std::size_t kSecretBytesMax = 4096;

// Each reads straight into guarded memory, strips one newline at the end, and throws Error(usage)
// when nothing is left or the source cannot be read, Error(limit) above kSecretBytesMax,
// Error(cancelled) on a signal. The message names the source, never what it holds.

[[nodiscard]] Secret read_secret_file(const std::filesystem::path& path);
/// Reads an open descriptor to its end; it stays open. A terminal is refused: it would show what
/// is typed.
[[nodiscard]] Secret read_secret_fd(int fd);
/// What `command`, run by /bin/sh, prints. Its own stdin and stderr are those of valise, so that it
/// may ask. A command that fails is an Error(usage) with its status.
[[nodiscard]] Secret read_secret_command(const std::string& command);

/// Takes one "\n" or "\r\n" off the end, if there is one.
void strip_newline(Secret& secret);

}  // namespace valise::cli
