#pragma once

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "base/hex.hpp"
#include "support/shared.hpp"

namespace valise::test {

/// The project's vector `name` of a format: tests/vectors/FORMAT/NAME.json.
[[nodiscard]] inline nlohmann::json vector_file(const std::string& format,
                                                const std::string& name) {
  return nlohmann::json::parse(std::ifstream(vectors_folder() / format / (name + ".json")));
}

/// The bytes that a string of a vector spells in hex.
[[nodiscard]] inline Bytes unhex(const nlohmann::json& text) {
  return from_hex(text.get<std::string>()).value();
}

}  // namespace valise::test
