#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.hpp"
#include "storage/storage.hpp"

namespace valise {

// The names of the objects in a vault. Format: formats/vault.md.

inline constexpr const char* kVaultObject = "vault";
inline constexpr const char* kKeysFolder = "keys";
inline constexpr const char* kLogFolder = "log";
inline constexpr const char* kBackupsFolder = "backups";
inline constexpr const char* kMediaFolder = "media";
inline constexpr const char* kDrillsFolder = "drills";
inline constexpr const char* kTmpFolder = "tmp";
inline constexpr const char* kDamagedFolder = "damaged";
inline constexpr std::uint64_t kEntrySeqMax = 9'999'999'999;
inline constexpr unsigned kKeyNumberMax = 9999;

[[nodiscard]] ObjectName key_object(unsigned number);
[[nodiscard]] std::string log_folder(const Bytes32& signer);
[[nodiscard]] ObjectName entry_object(const Bytes32& signer, std::uint64_t seq);
[[nodiscard]] ObjectName container_object(const Bytes16& bid);
[[nodiscard]] ObjectName pack_object(const Bytes32& pack_id);
[[nodiscard]] ObjectName drill_object(const Bytes32& entry_id, std::uint8_t slot);

// Names taken apart; nothing for a name of another form.
[[nodiscard]] std::optional<unsigned> key_number_of(const ObjectName& name);
[[nodiscard]] std::optional<Bytes16> container_bid_of(const ObjectName& name);
[[nodiscard]] std::optional<Bytes32> pack_id_of(const ObjectName& name);

struct EntryAt {
  Bytes32 signer{};
  std::uint64_t seq = 0;
};
[[nodiscard]] std::optional<EntryAt> entry_at(const ObjectName& name);

struct DrillAt {
  Bytes32 entry_id{};
  std::uint8_t slot = 0;
};
[[nodiscard]] std::optional<DrillAt> drill_at(const ObjectName& name);

}  // namespace valise
