#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "crypto/secret.hpp"
#include "crypto/sign.hpp"
#include "format/card.hpp"
#include "format/root_keys.hpp"

namespace valise {

inline constexpr std::size_t kEntryBytesMax = std::size_t{64} * 1024;
inline constexpr std::size_t kEntryHeaderBytes = 112;
inline constexpr std::size_t kReadersMax = 16;
inline constexpr std::size_t kSlotBytes = 112;
inline constexpr std::size_t kPruneCountMax = 1000;

enum class EntryType : std::uint8_t { policy = 1, device = 2, revoke = 3, backup = 10, prune = 11 };

using Slot = ByteArray<kSlotBytes>;

/// One agent as a policy names it.
struct Agent {
  Bytes32 pk{};
  Bytes32 sign_pk{};
  std::string name;
};

/// A live device at the time of a policy: its last entry, and the agents' psks for it.
struct DeviceHead {
  Bytes32 device_pk{};
  std::uint64_t seq = 0;
  Bytes32 entry_id{};
  Bytes sealed_psks;  ///< 32 n + 16 bytes.
};

struct PolicyPayload {
  std::uint8_t k = 0;
  std::vector<Agent> agents;  ///< n = agents.size(); empty <=> e2ee.
  std::uint32_t min_keep_days = 0;
  Bytes sealed_psks;  ///< For the owner; 32 n + 16 bytes.
  std::vector<DeviceHead> devices;
};

struct DevicePayload {
  Bytes32 device_pk{};
  std::string name;
  Bytes32 policy{};   ///< The entry id of the policy that was in force.
  Bytes sealed_psks;  ///< For the device; 32 n + 16 bytes.
};

struct RevokePayload {
  Bytes32 device_pk{};
  Bytes32 last_good{};
};

struct PrunePayload {
  std::vector<Bytes16> bids;
};

struct BackupPayload {
  Bytes16 bid{};
  Bytes32 policy{};
  Bytes32 parent{};  ///< Zero for a full.
  Bytes16 source{};
  std::uint8_t k = 0;
  bool copy = false;        ///< Of a snapshot, not of a database: nothing makes one every night.
  std::vector<Slot> slots;  ///< 1 + n; slot 0 is the owner's.
  Bytes32 commit{};
  std::uint64_t data_len = 0;
  Bytes32 data_hash{};
  std::uint64_t manifest_len = 0;
  Bytes32 manifest_id{};
  std::uint64_t media_count = 0;
  Bytes32 refs_hash{};
  [[nodiscard]] bool is_full() const noexcept { return is_zero(parent); }
};

using EntryPayload =
    std::variant<PolicyPayload, DevicePayload, RevokePayload, BackupPayload, PrunePayload>;

struct EntryHeader {
  Bytes16 vault_id{};
  Bytes32 signer{};
  std::uint64_t seq = 0;   ///< The first is 1.
  std::uint64_t time = 0;  ///< Unix seconds; a claim.
  Bytes32 prev{};
};

/// A parsed entry. `bytes` is body || signature, exactly as stored.
struct Entry {
  EntryHeader header;
  EntryPayload payload;
  Bytes bytes;
  Bytes32 id{};

  [[nodiscard]] EntryType type() const noexcept;
  [[nodiscard]] ByteSpan body() const noexcept {
    return ByteSpan(bytes).first(bytes.size() - kSignatureBytes);
  }
  template <typename T>
  [[nodiscard]] const T* as() const noexcept {
    return std::get_if<T>(&payload);
  }
};

/// The body's bytes. Throws Error(limit) when it would be over kEntryBytesMax.
/// Format: formats/entry.md.
[[nodiscard]] Bytes encode_entry_body(const EntryHeader& header, const EntryPayload& payload);
[[nodiscard]] Bytes32 entry_id_of(ByteSpan body);

/// Encodes, signs and parses back. `header.signer` is set from the key.
[[nodiscard]] Entry sign_entry(EntryHeader header, const EntryPayload& payload,
                               const SigningKey& key);

/// Parses an entry and checks everything that needs no other object, the signature included.
/// Throws Error(corrupt) that names `object`.
[[nodiscard]] Entry parse_entry(ByteSpan bytes, std::string_view object);

/// Whether bytes that parse_entry refuses were signed by `signer` all the same, as entry `seq` of
/// that vault: then a newer version wrote them, and they are neither damaged nor a stranger's.
/// Format: formats/versioning.md.
[[nodiscard]] bool is_signed_entry(ByteSpan bytes, const Bytes16& vault_id, const Bytes32& signer,
                                   std::uint64_t seq);

// The commitment of a BACKUP: keyed by the container's key, over the body before the commitment.
[[nodiscard]] Bytes32 backup_commitment(ByteSpan dek, ByteSpan body_before_commit);
/// The part of an encoded BACKUP body that the commitment covers.
[[nodiscard]] ByteSpan backup_commitment_input(ByteSpan body, std::size_t slot_count);

// The psks of a policy's agents (32 n bytes in one secret), sealed. `payload` and `header` need
// everything but the sealed bytes (and, for a device's record, the records after it).
/// Fills payload.sealed_psks and the sealed_psks of every device; `device_psks[i]` is the dpsk of
/// payload.devices[i].
void seal_policy_psks(const EntryHeader& header, PolicyPayload& payload, const RootKeys& owner,
                      std::span<const Secret> device_psks, ByteSpan psks);
[[nodiscard]] std::optional<Secret> open_policy_psks(const Entry& policy, const RootKeys& owner);
/// Through the device's own record; nothing when it has none or dpsk is wrong.
[[nodiscard]] std::optional<Secret> open_policy_psks(const Entry& policy, const Bytes32& device_pk,
                                                     ByteSpan dpsk);
void seal_device_psks(const EntryHeader& header, DevicePayload& payload, ByteSpan dpsk,
                      ByteSpan psks);
[[nodiscard]] std::optional<Secret> open_device_psks(const Entry& device, ByteSpan dpsk);

}  // namespace valise
