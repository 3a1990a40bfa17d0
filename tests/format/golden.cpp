#include "format/golden.hpp"

#include <stdexcept>

#include "base/hex.hpp"
#include "support/shared.hpp"

namespace valise::test {

const nlohmann::json& golden() {
  static const nlohmann::json json =
      nlohmann::json::parse(read_all(vectors_folder() / "golden.json"));
  return json;
}

Bytes bytes_at(const nlohmann::json& hex_text) {
  auto bytes = from_hex(hex_text.get<std::string>());
  if (!bytes) throw std::runtime_error("a vector is not hex");
  return *std::move(bytes);
}

std::vector<SlotReader> GoldenBackup::readers() const {
  std::vector<SlotReader> all{{.pk = owner.pk(), .psk = owner.psk()}};
  for (const RootKeys& agent : agents) all.push_back({.pk = agent.pk(), .psk = agent.psk()});
  return all;
}

std::vector<GoldenBackup> golden_backups() {
  std::vector<GoldenBackup> all;
  for (const nlohmann::json& json : golden()["backups"]) {
    Entry entry = parse_entry(bytes_at(json["entry"]), "golden entry");
    const SlotContext context = slot_context(entry.header, *entry.as<BackupPayload>());
    GoldenBackup backup{.json = json,
                        .owner = RootKeys(bytes_at(golden()["root"]["seed"])),
                        .device = SigningKey(bytes_at(json["device_seed"])),
                        .agents = {},
                        .psks = {},
                        .dek = bytes_at(json["dek"]),
                        .entry = std::move(entry),
                        .context = context};
    if (json.contains("agents")) {
      for (const nlohmann::json& seed : json["agents"]) {
        backup.agents.emplace_back(bytes_at(seed));
        append(backup.psks, backup.agents.back().psk());
      }
    }
    all.push_back(std::move(backup));
  }
  return all;
}

}  // namespace valise::test
