#include "state/catalog_chunk.hpp"

#include "base/cursor.hpp"
#include "base/error.hpp"
#include "format/catalog_reader.hpp"
#include "format/catalog_writer.hpp"

namespace valise {
namespace {

// What a row takes besides its path and its link: marks, varints, hash, inode and time.
constexpr std::size_t kRowBytesMax = 128;
// Mark, pack, three varints, key.
constexpr std::size_t kPieceBytesMax = 1 + 32 + 15 + 32;
constexpr std::size_t kIdentityBytes = 16;

}  // namespace

Bytes32 numbered_pack(std::uint32_t number) noexcept {
  Bytes32 id{};
  for (std::size_t i = 0; i < 4; ++i) id[i] = static_cast<std::uint8_t>(number >> (8 * i));
  return id;
}

std::uint32_t pack_number(const Bytes32& numbered) noexcept {
  std::uint32_t number = 0;
  for (std::size_t i = 4; i > 0; --i) number = number << 8 | numbered[i - 1];
  return number;
}

std::size_t stored_bytes(const StoredFile& stored) noexcept {
  return kRowBytesMax + stored.file.path.size() + stored.file.link.size() +
         stored.file.pieces.size() * kPieceBytesMax;
}

// Layout: count u32, then inode u64 and ctime u64 of each; then the records of a catalog
// (formats/catalog.md), each with its length before it.
Bytes encode_catalog_chunk(const std::vector<StoredFile>& files) {
  Bytes out;
  // Once, at its full length: a buffer that grew would leave keys behind in what it gave back.
  std::size_t room = 64;
  for (const StoredFile& stored : files) room += stored_bytes(stored);
  out.reserve(room + room / 1024);
  ByteWriter head;
  head.u32(static_cast<std::uint32_t>(files.size()));
  for (const StoredFile& stored : files) {
    head.u64(stored.inode).u64(static_cast<std::uint64_t>(stored.ctime_ns));
  }
  append(out, head.view());
  CatalogWriter writer([&out](ByteSpan record) {
    append(out, ByteWriter().u32(static_cast<std::uint32_t>(record.size())).view());
    append(out, record);
  });
  for (const StoredFile& stored : files) writer.add(stored.file);
  writer.finish();
  if (out.size() > kCatalogChunkBytesMax) {
    wipe(out);
    throw Error(ErrorKind::limit, "a stretch of the list of attachments is too long to be kept");
  }
  return out;
}

std::vector<StoredFile> decode_catalog_chunk(ByteSpan chunk, std::string_view object) {
  ByteReader reader(chunk, object);
  const std::size_t count = reader.u32();
  if (count > reader.remaining() / kIdentityBytes) reader.fail("it names more files than it holds");
  ByteReader identities(reader.take(count * kIdentityBytes), object);
  std::vector<StoredFile> files;
  files.reserve(count);
  CatalogReader rows([&](CatalogFile file) {
    if (files.size() == count) reader.fail("it holds more files than it names");
    StoredFile stored;
    stored.file = std::move(file);
    stored.inode = identities.u64();
    stored.ctime_ns = static_cast<std::int64_t>(identities.u64());
    files.push_back(std::move(stored));
  });
  while (reader.remaining() > 0) rows.add(reader.take(reader.u32()), object);
  rows.finish(object);
  if (files.size() != count) reader.fail("it names more files than it holds");
  return files;
}

}  // namespace valise
