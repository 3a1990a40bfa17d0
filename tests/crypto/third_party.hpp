#pragma once

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>

#include "base/hex.hpp"
#include "support/shared.hpp"

// Vectors of others, which are not part of the project: each test says when they are absent.

namespace valise::test {

/// The bytes of a file under vectors/; nothing, with a message, where the folder is absent. A
/// folder that is there and lacks the file is an error.
[[nodiscard]] inline std::optional<Bytes> third_party_file(const std::string& name) {
  const auto shared = shared_folder();
  if (!shared) {
    MESSAGE("vectors/" << name << " is absent: nothing was compared");
    return std::nullopt;
  }
  return read_all(*shared / "vectors" / name);
}

[[nodiscard]] inline std::optional<nlohmann::json> third_party_json(const std::string& name) {
  const auto bytes = third_party_file(name);
  if (!bytes) return std::nullopt;
  return nlohmann::json::parse(*bytes);
}

[[nodiscard]] inline Bytes bytes_of_hex(const nlohmann::json& text) {
  auto bytes = from_hex(text.get<std::string>());
  if (!bytes) throw std::runtime_error("a vector is not hex");
  return *std::move(bytes);
}

}  // namespace valise::test
