#include "support/media_maker.hpp"

#include <zstd.h>

#include <algorithm>
#include <random>
#include <stdexcept>

#include "crypto/hash.hpp"
#include "crypto/random.hpp"
#include "format/catalog_writer.hpp"
#include "vault/object_names.hpp"

namespace valise::test {

Bytes zstd_frame(ByteSpan plain) {
  Bytes frame(ZSTD_compressBound(plain.size()));
  const std::size_t size = ZSTD_compress(frame.data(), frame.size(), plain.data(), plain.size(), 1);
  if (ZSTD_isError(size) != 0U) throw std::runtime_error(ZSTD_getErrorName(size));
  frame.resize(size);
  return frame;
}

Bytes noise(std::size_t size, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  Bytes bytes(size);
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
  return bytes;
}

void MediaMaker::add(const std::string& path, ByteSpan content, const MadeFile& how) {
  const std::size_t number = files_.size();
  CatalogFile& file = files_.emplace_back();
  file.path = path;
  file.mode = how.mode;
  file.mtime_ns = how.mtime_ns;
  file.size = content.size();
  file.content_hash = bulk_hash("VL1.file", content);
  for (std::size_t at = 0; at < content.size(); at += how.piece_bytes) {
    const ByteSpan plain = content.subspan(at, std::min(how.piece_bytes, content.size() - at));
    const bool none = how.codec == RecordCodec::none;
    const Bytes payload = none ? Bytes(plain.begin(), plain.end()) : zstd_frame(plain);
    if (builder_.size() + payload.size() > kMediaPackBytesAim) end_pack();
    CatalogPiece& piece = file.pieces.emplace_back();
    piece.codec = how.codec;
    piece.plain_bytes = static_cast<std::uint32_t>(plain.size());
    fill_random(piece.key);
    const MediaPieceAt stands = builder_.add(piece.key, payload);
    piece.offset = stands.offset;
    piece.sealed_bytes = static_cast<std::uint32_t>(stands.length);
    unplaced_.emplace_back(number, file.pieces.size() - 1);
  }
}

void MediaMaker::add_link(const std::string& path, const std::string& target) {
  CatalogFile file;
  file.path = path;
  file.state = FileState::symlink;
  file.mode = 0777;
  file.mtime_ns = 1'600'000'000'000'000'000;
  file.link = target;
  files_.push_back(std::move(file));
}

void MediaMaker::add_missing(const std::string& path, std::uint64_t size) {
  CatalogFile file;
  file.path = path;
  file.state = FileState::missing;
  file.size = size;
  files_.push_back(std::move(file));
}

void MediaMaker::add_removed(const std::string& path) {
  CatalogFile file;
  file.path = path;
  file.state = FileState::removed;
  files_.push_back(std::move(file));
}

Bytes32 MediaMaker::end_pack() {
  const Bytes pack = builder_.finish();
  builder_ = MediaPackBuilder();
  const Bytes32 id = media_pack_id(pack);
  static_cast<void>(put_object(storage_, pack_object(id), pack));
  for (const auto& [file, piece] : unplaced_) files_[file].pieces[piece].pack = id;
  unplaced_.clear();
  packs_.push_back(id);
  std::sort(packs_.begin(), packs_.end());
  return id;
}

std::vector<CatalogFile> MediaMaker::take() {
  if (!unplaced_.empty()) end_pack();
  std::vector<CatalogFile> files = std::move(files_);
  files_.clear();
  std::sort(files.begin(), files.end(),
            [](const CatalogFile& a, const CatalogFile& b) { return a.path < b.path; });
  return files;
}

std::vector<Bytes32> MediaMaker::packs() const { return packs_; }

std::vector<MadeRecord> catalog_records(const std::vector<CatalogFile>& files, RecordCodec codec) {
  std::vector<MadeRecord> records;
  CatalogWriter writer([&](ByteSpan plain) {
    MadeRecord& record = records.emplace_back();
    record.info.kind = RecordKind::catalog;
    record.info.codec = codec;
    record.info.plain_bytes = static_cast<std::uint32_t>(plain.size());
    record.payload =
        codec == RecordCodec::none ? Bytes(plain.begin(), plain.end()) : zstd_frame(plain);
  });
  for (const CatalogFile& file : files) writer.add(file);
  writer.finish();
  return records;
}

}  // namespace valise::test
