#pragma once

#include <memory>
#include <vector>

#include "crypto/hash.hpp"
#include "crypto/secret.hpp"
#include "crypto/sign.hpp"
#include "format/entry.hpp"
#include "format/manifest.hpp"
#include "format/slot.hpp"
#include "vault/vault.hpp"

namespace valise {

/// Seals one record's payload. Thread-safe: workers call it while the writer writes others.
/// Format: formats/container.md.
[[nodiscard]] Bytes seal_record(ByteSpan dek, const Bytes16& bid, std::uint64_t index,
                                ByteSpan payload);

/// What a BACKUP entry says besides what the writer finds out by writing.
struct BackupHeader {
  EntryHeader entry;  ///< seq, time and prev; the rest is filled in.
  Bytes32 policy{};
  Bytes32 parent{};  ///< Zero for a full.
  Bytes16 source{};
  std::uint8_t k = 0;
  /// Ids of the media packs that this container's own catalog records name, strictly ascending.
  std::vector<Bytes32> refs = {};
};

/// Writes one container in one pass, under a fresh bid and key of its own. Used once; never resumed
/// (formats/container.md). Destroyed before `finish`, it leaves nothing in the vault.
/// Not thread-safe, but for dek() and bid().
class ContainerWriter {
 public:
  explicit ContainerWriter(const Vault& vault);
  ~ContainerWriter();
  ContainerWriter(const ContainerWriter&) = delete;
  ContainerWriter& operator=(const ContainerWriter&) = delete;

  [[nodiscard]] const Bytes16& bid() const noexcept { return bid_; }
  [[nodiscard]] ByteSpan dek() const noexcept { return dek_.view(); }
  [[nodiscard]] std::uint64_t record_count() const noexcept { return records_.size(); }
  [[nodiscard]] std::uint64_t data_bytes() const noexcept { return data_len_; }

  /// Appends record number record_count(), sealed by seal_record with that index.
  void add_record(Bytes sealed, RecordInfo info);

  /// Pads, writes manifest and references, signs, puts the container and reads it back. `manifest`
  /// gets its record table here. `readers` are the owner and the policy's agents. Returns the
  /// signed entry, which is not published yet: publishing it is the commit point. The key is wiped.
  [[nodiscard]] Entry finish(Manifest& manifest, const BackupHeader& header,
                             std::span<const SlotReader> readers, const SigningKey& device);

  /// The whole container's length; after finish.
  [[nodiscard]] std::uint64_t file_bytes() const noexcept { return file_len_; }

 private:
  void write(ByteSpan bytes);
  void write_data(Bytes bytes);
  void pad();
  void prove_written();
  void read_back(const Entry& entry, ByteSpan cbor) const;

  const Vault& vault_;
  Bytes16 bid_;
  Secret dek_;
  std::unique_ptr<ObjectWriter> object_;
  BulkHasher data_hash_;
  std::vector<RecordInfo> records_;
  std::vector<Bytes> unproven_;  // Data written and not read back yet.
  std::uint64_t unproven_bytes_ = 0;
  std::uint64_t data_len_ = 0;
  std::uint64_t file_len_ = 0;
};

}  // namespace valise
