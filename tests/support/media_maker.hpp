#pragma once

#include <string>
#include <vector>

#include "format/catalog.hpp"
#include "format/media_pack.hpp"
#include "storage/storage.hpp"

namespace valise::test {

/// How MediaMaker stores a file.
struct MadeFile {
  std::uint32_t mode = 0600;
  std::int64_t mtime_ns = 1'731'023'990'123'456'789;
  RecordCodec codec = RecordCodec::none;
  std::size_t piece_bytes = kMediaPieceBytesMax;
};

/// Seals files into media packs of a storage, and makes catalog rows of them.
class MediaMaker {
 public:
  explicit MediaMaker(Storage& storage) : storage_(storage) {}

  /// A file that is present; its pieces go into the pack under way.
  void add(const std::string& path, ByteSpan content, const MadeFile& how = {});
  void add(const std::string& path, const std::string& content, const MadeFile& how = {}) {
    add(path, bytes_of(content), how);
  }
  void add_link(const std::string& path, const std::string& target);
  void add_missing(const std::string& path, std::uint64_t size);
  void add_removed(const std::string& path);
  /// Puts the pack under way and begins another; returns its id.
  Bytes32 end_pack();
  /// What was added so far, sorted by path; the pack under way is put.
  [[nodiscard]] std::vector<CatalogFile> take();
  /// The packs put so far, sorted.
  [[nodiscard]] std::vector<Bytes32> packs() const;

 private:
  Storage& storage_;
  MediaPackBuilder builder_;
  std::vector<CatalogFile> files_;
  std::vector<std::pair<std::size_t, std::size_t>> unplaced_;  // File and piece without a pack.
  std::vector<Bytes32> packs_;
};

/// A frame as a piece and a catalog record hold it.
[[nodiscard]] Bytes zstd_frame(ByteSpan plain);

/// A catalog record before it is sealed.
struct MadeRecord {
  Bytes payload;
  RecordInfo info;  ///< Without sealed_bytes.
};
/// The records of a catalog; `files` are sorted.
[[nodiscard]] std::vector<MadeRecord> catalog_records(const std::vector<CatalogFile>& files,
                                                      RecordCodec codec = RecordCodec::zstd);

/// Content that no codec makes smaller, the same for the same `seed`.
[[nodiscard]] Bytes noise(std::size_t size, std::uint64_t seed);

}  // namespace valise::test
