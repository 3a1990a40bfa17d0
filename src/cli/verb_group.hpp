#pragma once

#include <initializer_list>

#include "cli/verb.hpp"

namespace valise::cli {

using AddVerb = std::unique_ptr<Verb> (*)(CLI::App& above);

/// A verb that is only the name above others, as "valise key" is: one of them must be given, and
/// is carried out.
[[nodiscard]] std::unique_ptr<Verb> make_verb_group(CLI::App& command,
                                                    std::initializer_list<AddVerb> below);

}  // namespace valise::cli
