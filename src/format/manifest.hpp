#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"

namespace valise {

enum class RecordKind : std::uint8_t { pages = 1, delta_pages = 2, catalog = 3 };
enum class RecordCodec : std::uint8_t { none = 0, zstd = 1 };

/// One row of the record table. `sealed_bytes` is the length of the ciphertext with its tag;
/// `plain_bytes` that of what the record's frame decompresses to (page bytes for page records).
struct RecordInfo {
  RecordKind kind = RecordKind::pages;
  RecordCodec codec = RecordCodec::zstd;
  std::uint32_t sealed_bytes = 0;
  std::uint32_t plain_bytes = 0;
  [[nodiscard]] bool operator==(const RecordInfo&) const = default;
};

inline constexpr std::uint32_t kRecordPlainBytesMax = 8 * 1024 * 1024;
inline constexpr std::uint32_t kRecordSealedBytesMax = 12 * 1024 * 1024;
inline constexpr std::uint64_t kRecordCountMax = 4'000'000;
inline constexpr std::size_t kManifestTextBytesMax = 4096;

struct SourceInfo {
  std::string profile;         ///< "imessage", "whatsapp-android", ..., "sqlite".
  std::string name;            ///< The database's file name.
  std::string path;            ///< Where it stood on the device, UTF-8.
  std::string host;            ///< The device's host name.
  std::string app;             ///< The app's version where known, else empty.
  std::string schema_version;  ///< PRAGMA user_version and what the profile adds; may be empty.
};

/// A copy keeps where it came from.
struct OriginInfo {
  Bytes32 entry_id{};
  std::uint64_t time = 0;
};

struct DatabaseInfo {
  std::uint32_t page_size = 0;
  std::uint64_t page_count = 0;
  Bytes32 page_root{};
  std::uint64_t messages = 0;                 ///< Rows of all tables where the profile is "sqlite".
  std::optional<std::int64_t> first_message;  ///< Unix seconds.
  std::optional<std::int64_t> last_message;
};

/// What a container holds, sealed. Format: formats/manifest.md (CDDL: formats/manifest.cddl).
struct Manifest {
  SourceInfo source;
  std::uint64_t captured_at = 0;  ///< Unix seconds.
  std::optional<OriginInfo> origin;
  DatabaseInfo database;
  std::vector<RecordInfo> records;
  std::optional<Bytes32> parent_page_root;  ///< Present in an increment, absent in a full.
};

/// Deterministic CBOR (RFC 8949 section 4.2.1). Throws Error(limit) over a named limit.
[[nodiscard]] Bytes encode_manifest(const Manifest& manifest);

/// Throws Error(corrupt) naming `object` for anything that encode_manifest would not have written
/// byte for byte: unknown, missing or repeated keys, other order, longer integer forms, nesting
/// over the schema's depth, values over their limits. Memory stays proportional to `cbor`.
[[nodiscard]] Manifest decode_manifest(ByteSpan cbor, std::string_view object);

}  // namespace valise
