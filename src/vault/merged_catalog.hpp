#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "format/catalog_reader.hpp"
#include "format/page_records.hpp"
#include "vault/container_reader.hpp"

namespace valise {

/// The catalog rows of one container, in the order of their paths, one at a time: memory is that of
/// one record and one file. What it decoded is wiped. Throws Error(corrupt) naming the container.
/// Not thread-safe.
class CatalogCursor {
 public:
  /// `manifest` is the container's own; of it only the places of the catalog's records are kept.
  CatalogCursor(ContainerReader container, Secret dek, const Manifest& manifest);
  ~CatalogCursor() { wipe(plain_); }
  CatalogCursor(const CatalogCursor&) = delete;
  CatalogCursor& operator=(const CatalogCursor&) = delete;

  /// Another one, which begins at the first row.
  [[nodiscard]] std::unique_ptr<CatalogCursor> anew() const;
  [[nodiscard]] std::optional<CatalogFile> next();
  [[nodiscard]] const std::string& object() const noexcept { return container_.object(); }

 private:
  struct Record {
    std::uint64_t index = 0;
    std::uint64_t offset = 0;  // In the data area.
    RecordInfo info;
  };
  CatalogCursor(ContainerReader container, Secret dek, std::vector<Record> records)
      : container_(std::move(container)), dek_(std::move(dek)), records_(std::move(records)) {}
  void read(const Record& record);

  ContainerReader container_;
  Secret dek_;
  std::vector<Record> records_;
  std::size_t next_record_ = 0;
  std::optional<FrameDecompressor> decompressor_;  // Made for the first compressed record.
  Bytes plain_;
  CatalogRows rows_;
};

/// The files of a snapshot: the catalogs of its chain as one, in the order of their paths. Memory
/// is that of one record a container. Throws Error(corrupt) naming the container at fault. Not
/// thread-safe.
class MergedCatalog {
 public:
  /// The chain's containers in order, the full first; all before next().
  void add(const ContainerReader& container, ByteSpan dek, const Manifest& manifest);
  /// The same chain from its first file on; it may grow by itself.
  [[nodiscard]] std::unique_ptr<MergedCatalog> anew() const;
  /// The next file, whose state is not `removed`; nothing at the end.
  [[nodiscard]] std::optional<CatalogFile> next();

 private:
  struct Head {
    CatalogFile file;
    std::size_t member = 0;  // In members_.
  };
  struct Later;
  void advance(std::size_t member);
  [[nodiscard]] Head take_first();

  struct Member {
    std::unique_ptr<CatalogCursor> cursor;
    bool full = false;
  };
  std::vector<Member> members_;  // Those that have catalog records, the oldest first.
  std::vector<Head> heads_;      // The next row of each member: a heap.
  bool started_ = false;
};

}  // namespace valise
