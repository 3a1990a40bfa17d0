#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace valise::cli {

// Scripts for shells, made from the command line itself: a verb or an option that exists is in
// them, and no other.

[[nodiscard]] std::string bash_completion(const CLI::App& app);
[[nodiscard]] std::string zsh_completion(const CLI::App& app);
[[nodiscard]] std::string fish_completion(const CLI::App& app);

}  // namespace valise::cli
