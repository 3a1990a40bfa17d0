#pragma once

#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "crypto/secret.hpp"
#include "format/entry.hpp"

namespace valise {

inline constexpr std::string_view kContainerMagic{"VALISE1\0", 8};
inline constexpr std::string_view kContainerEnd{"VALISEND", 8};
inline constexpr std::uint64_t kManifestBytesMax = 64ULL * 1024 * 1024;
/// Over what kRecordCountMax records could fill, and far below where sums would overflow.
inline constexpr std::uint64_t kDataBytesMax = 1ULL << 50;
inline constexpr std::uint64_t kMediaRefsMax = 1ULL << 20;
/// entry_len and the end mark.
inline constexpr std::size_t kContainerFooterBytes = 12;
/// The longest tail that holds an entry: read this much from the end first.
inline constexpr std::size_t kContainerTailBytesMax = kEntryBytesMax + kContainerFooterBytes;

/// Where the parts of a container stand, from its entry alone. Format: formats/container.md.
struct ContainerLayout {
  std::uint64_t data_offset = 8;
  std::uint64_t data_len = 0;
  std::uint64_t manifest_offset = 0;
  std::uint64_t manifest_len = 0;
  std::uint64_t refs_offset = 0;
  std::uint64_t refs_len = 0;
  std::uint64_t entry_offset = 0;
  std::uint64_t file_len = 0;
};

/// Throws Error(limit) when a length of the entry is over its limit. `entry_bytes` is body and
/// signature.
[[nodiscard]] ContainerLayout container_layout(const BackupPayload& backup, std::size_t entry_bytes,
                                               std::string_view object);

/// The entry at the end of a container of `file_len` bytes; `tail` is the file's last bytes, at
/// least min(file_len, kContainerTailBytesMax). Throws Error(corrupt) when the end mark, the
/// entry or the file's length does not fit.
[[nodiscard]] Entry parse_container_tail(ByteSpan tail, std::uint64_t file_len,
                                         std::string_view object);

/// The key of data record `index`.
[[nodiscard]] Secret record_key(ByteSpan dek, const Bytes16& bid, std::uint64_t index);
/// The key of the manifest; bound to the header through the commitment.
[[nodiscard]] Secret manifest_key(ByteSpan dek, const Bytes32& commit);

/// len || cbor || zeros to padme(8 + len), sealed. Throws Error(limit) over kManifestBytesMax.
[[nodiscard]] Bytes seal_manifest(ByteSpan key, ByteSpan cbor);
/// The CBOR back; throws Error(corrupt) naming `object` when the tag or the padding is wrong.
[[nodiscard]] Bytes open_manifest(ByteSpan key, ByteSpan sealed, std::string_view object);
[[nodiscard]] Bytes32 manifest_id(ByteSpan sealed_manifest);

/// Sorted, each id once; throws Error(corrupt) otherwise.
[[nodiscard]] Bytes encode_refs(std::span<const Bytes32> pack_ids);
[[nodiscard]] std::vector<Bytes32> parse_refs(ByteSpan bytes, std::string_view object);
[[nodiscard]] Bytes32 refs_hash(ByteSpan refs);
inline constexpr std::string_view kDataHashLabel = "VL1.data";

}  // namespace valise
