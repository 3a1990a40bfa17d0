#pragma once

#include <string>

namespace valise {

/// Throws Error(usage) where an owner in an agent's book cannot be called so: the name must fit
/// into a card and must not pass for a path or a card file on a command line, nor for another name
/// by white space at its ends or by characters that are not seen.
void check_shown_name(const std::string& name);

/// The same for a new agent, who cannot be called as lists of readers call the owner either. Names
/// in policies that exist already are not judged.
void check_agent_name(const std::string& name);

}  // namespace valise
