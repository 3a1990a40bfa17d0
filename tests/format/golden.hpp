#pragma once

#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "format/entry.hpp"
#include "format/root_keys.hpp"
#include "format/slot.hpp"

namespace valise::test {

/// tests/vectors/golden.json, which an independent program made from the design.
[[nodiscard]] const nlohmann::json& golden();

/// The bytes of a hex string in it.
[[nodiscard]] Bytes bytes_at(const nlohmann::json& hex_text);
template <std::size_t N>
[[nodiscard]] ByteArray<N> array_at(const nlohmann::json& hex_text) {
  const Bytes bytes = bytes_at(hex_text);
  if (bytes.size() != N) throw std::runtime_error("a vector has the wrong length");
  return array_of<N>(bytes);
}

/// One element of "backups", with the keys that belong to it.
struct GoldenBackup {
  const nlohmann::json& json;
  RootKeys owner;
  SigningKey device;
  std::vector<RootKeys> agents;
  Bytes psks;  ///< Of all agents, 32 bytes each.
  Bytes dek;
  Entry entry;
  SlotContext context;

  /// The owner, then the agents; the views live as long as this object.
  [[nodiscard]] std::vector<SlotReader> readers() const;
  [[nodiscard]] const BackupPayload& payload() const { return *entry.as<BackupPayload>(); }
  [[nodiscard]] Bytes container() const { return bytes_at(json["container"]); }
};

/// All modes: e2ee, 1 of 1, 2 of 3.
[[nodiscard]] std::vector<GoldenBackup> golden_backups();

}  // namespace valise::test
