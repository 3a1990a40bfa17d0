#pragma once

#include <string>

namespace valise {

/// Throws Error(usage) where a new agent, or an owner in an agent's book, cannot be called so: the
/// name must fit into a card and must not pass for a path or a card file on a command line, nor for
/// another name by white space at its ends. Names in policies that exist already are not judged.
void check_agent_name(const std::string& name);

}  // namespace valise
