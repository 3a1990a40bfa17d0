#pragma once

#include <functional>
#include <string>

#include "crypto/secret.hpp"
#include "format/container.hpp"
#include "format/entry.hpp"
#include "format/manifest.hpp"
#include "valise/run.hpp"
#include "vault/key_ring.hpp"
#include "vault/vault.hpp"

namespace valise {

/// Reads one container: first its tail, which tells who can open it; with a key, its manifest and
/// records. Every failure is Error(corrupt) naming the object, also when it is missing, or
/// Error(storage). Thread-safe once opened.
class ContainerReader {
 public:
  /// Reads and checks the tail: the end mark, the entry (its signature is that of the signer it
  /// names), the file's length, and that the name is the entry's bid.
  /// `vault` outlives the reader.
  [[nodiscard]] static ContainerReader open(const Vault& vault, const Bytes16& bid);
  static ContainerReader open(Vault&& vault, const Bytes16& bid) = delete;

  [[nodiscard]] const Entry& entry() const noexcept { return entry_; }
  [[nodiscard]] const BackupPayload& backup() const noexcept { return *entry_.as<BackupPayload>(); }
  [[nodiscard]] const std::string& object() const noexcept { return object_; }
  [[nodiscard]] const ContainerLayout& layout() const noexcept { return layout_; }

  /// Reads every byte and compares all hashes of the entry. `on_bytes` may be empty.
  void check_all(const std::function<void(std::uint64_t bytes)>& on_bytes = {}) const;
  /// Only the data area's hash.
  void check_data(const std::function<void(std::uint64_t bytes)>& on_bytes = {}) const;
  [[nodiscard]] std::vector<Bytes32> refs() const;

  // With the container's key:

  /// Throws Error(corrupt) unless `dek` is the key that the header commits to.
  void check_commitment(ByteSpan dek) const;
  /// The CBOR, after the commitment and the manifest's hash were checked.
  [[nodiscard]] Bytes open_manifest_bytes(ByteSpan dek) const;
  /// The manifest decoded, and compared with the header: its records fill the data area.
  [[nodiscard]] Manifest open_manifest(ByteSpan dek) const;
  /// The payload of record `index`, which stands at `offset` of the data area.
  [[nodiscard]] Bytes read_record(ByteSpan dek, std::uint64_t index, std::uint64_t offset,
                                  const RecordInfo& info) const;

 private:
  ContainerReader(const Vault& vault, std::string object, Entry entry, ContainerLayout layout)
      : vault_(&vault), object_(std::move(object)), entry_(std::move(entry)), layout_(layout) {}
  [[nodiscard]] Bytes read_part(std::uint64_t offset, std::uint64_t length) const;

  const Vault* vault_;
  std::string object_;
  Entry entry_;
  ContainerLayout layout_;
};

/// What speaks against the container of a logged backup, by its end alone: it is missing, cannot be
/// read, or does not carry the very entry that the log holds. A sentence that names the object;
/// empty where nothing does. Throws Error(storage).
[[nodiscard]] std::string container_fault(const Vault& vault, const Entry& logged);

/// The key of a backup, from a reader's slot (the owner's, or that of an agent where one agent is
/// enough, k = 1) or from what several agents' answers gave together. Throws Error(wrong_key) when
/// the backup lists no slot for this key (it says who can open it), Error(corrupt) when the slot is
/// there and does not open.
[[nodiscard]] Secret open_backup_key(const Entry& backup, const PolicyPayload& policy,
                                     const VaultKey& key, const std::string& object);

}  // namespace valise
