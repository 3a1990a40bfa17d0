#pragma once

#include <string_view>
#include <vector>

#include "format/catalog.hpp"

namespace valise {

/// A file of a catalog as the state keeps it. The pack of a piece is the state's number for it
/// (pack_number), since a pack gets its id only when it is full.
struct StoredFile {
  CatalogFile file;
  std::uint64_t inode = 0;
  std::int64_t ctime_ns = 0;  ///< 0: look at the content again, whatever the rest says.
};

[[nodiscard]] Bytes32 numbered_pack(std::uint32_t number) noexcept;
[[nodiscard]] std::uint32_t pack_number(const Bytes32& numbered) noexcept;

/// A chunk is sealed as one piece; a file of a million pieces is one chunk.
inline constexpr std::size_t kCatalogChunkBytesMax = std::size_t{160} << 20;
/// A chunk that has so many bytes is closed.
inline constexpr std::size_t kCatalogChunkBytesAim = std::size_t{64} << 10;

/// About the bytes that a file takes in a chunk, and never fewer.
[[nodiscard]] std::size_t stored_bytes(const StoredFile& stored) noexcept;
/// Ascending by path. The result holds keys: whoever has it wipes it.
[[nodiscard]] Bytes encode_catalog_chunk(const std::vector<StoredFile>& files);
/// Throws Error(corrupt) naming `object` for what encode_catalog_chunk did not write.
[[nodiscard]] std::vector<StoredFile> decode_catalog_chunk(ByteSpan chunk, std::string_view object);

}  // namespace valise
