#pragma once

#include <functional>
#include <string>
#include <vector>

#include "format/container.hpp"
#include "format/entry.hpp"
#include "format/manifest.hpp"
#include "state/credential.hpp"
#include "support/memory_storage.hpp"
#include "vault/container_writer.hpp"

namespace valise::test {

// What an attacker does with the keys that are his. Nothing here asks whether it makes sense.

/// A container taken apart.
struct ContainerParts {
  Bytes data;
  Bytes manifest;  ///< Sealed.
  Bytes refs;
  Entry entry;

  [[nodiscard]] const BackupPayload& backup() const { return *entry.as<BackupPayload>(); }
  /// The file: whatever the parts are, in a container's order.
  [[nodiscard]] Bytes joined() const;
};

[[nodiscard]] ContainerParts container_parts(const MemoryStorage& vault,
                                             const std::string& snapshot);

/// The container's object name of a snapshot given by its 32 hex digits.
[[nodiscard]] ObjectName container_of(const std::string& snapshot);

/// The entry again with another payload, signed by `key` in the same place of its chain.
[[nodiscard]] Entry resigned(const Entry& entry, const EntryPayload& payload,
                             const SigningKey& key);

/// The parts with another manifest: `cbor`, sealed under the container's key and signed anew.
[[nodiscard]] ContainerParts with_manifest(const ContainerParts& parts, ByteSpan dek, ByteSpan cbor,
                                           const SigningKey& key);

/// Puts an entry where the log has it.
void put_entry(MemoryStorage& vault, const Entry& entry);
/// Puts an entry into the log and a container that carries it into backups/.
void put_backup(MemoryStorage& vault, const ContainerParts& parts);

/// A database file as a writer sees it.
struct DatabaseImage {
  std::uint32_t page_size = 0;
  std::uint32_t page_count = 0;
  Bytes content;
  std::uint64_t rows = 0;  ///< Of the sample's table `note`.

  /// A file that make_database made.
  [[nodiscard]] static DatabaseImage read(const std::filesystem::path& path);
  [[nodiscard]] Bytes32 page_root() const;
  /// All pages, for a record.
  [[nodiscard]] std::vector<std::uint32_t> pages() const;
};

/// One record of a container that a malicious writer seals.
struct ForgedRecord {
  Bytes payload;
  RecordInfo info;  ///< sealed_bytes is filled in.
};

/// A backup by somebody who has a device's credential and obeys nothing.
struct Forgery {
  Manifest manifest;
  std::vector<ForgedRecord> records;
  BackupHeader header;               ///< As an honest full's, under the credential's policy.
  std::vector<Secret> psks;          ///< The owner's first.
  std::vector<Bytes32> public_keys;  ///< The readers' in the same order.

  /// An honest full backup of `image`, ready to be spoilt.
  Forgery(const Credential& credential, const DatabaseImage& image);

  /// Seals, signs with the credential's key and puts container and entry; the credential's log head
  /// moves on. `dek`, if given, gets the container's key.
  Entry put(MemoryStorage& vault, Credential& credential, Secret* dek = nullptr) const;
};

/// The forgery with another slot, which holds `slot`; commitment and signature fit it. Returns
/// its snapshot id.
std::string put_with_slot(MemoryStorage& vault, Credential& credential, const Forgery& forgery,
                          std::size_t index, const Slot& slot);

/// The same with a backup that was put before, whose container's key is `dek`.
std::string put_slot_into(MemoryStorage& vault, Credential& credential, const Entry& honest,
                          ByteSpan dek, std::size_t index, const Slot& slot);

/// The id of the backup of an entry.
[[nodiscard]] std::string snapshot_of(const Entry& entry);

}  // namespace valise::test
