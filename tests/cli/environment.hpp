#pragma once

#include <map>
#include <optional>
#include <string>

#include "cli/places.hpp"

namespace valise::test {

/// An environment that holds these values and nothing else.
[[nodiscard]] inline cli::Environment environment(std::map<std::string, std::string> values = {}) {
  return [values = std::move(values)](const std::string& name) -> std::optional<std::string> {
    const auto found = values.find(name);
    if (found == values.end()) return std::nullopt;
    return found->second;
  };
}

}  // namespace valise::test
