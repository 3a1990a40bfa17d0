#pragma once

#include <functional>
#include <vector>

#include "base/buffer_pool.hpp"
#include "base/ordered_pipeline.hpp"
#include "format/page_records.hpp"
#include "valise/run.hpp"
#include "vault/container_reader.hpp"

namespace valise {

/// Rebuilds a database file from the containers of a chain, one after the other, into an open file.
/// Memory is that of a few records, whatever the database's size. Not thread-safe; starts workers.
class DatabaseRebuild {
 public:
  /// Writes to `fd` (open for reading and writing, empty). `path` is for messages.
  DatabaseRebuild(int fd, std::string path, const Run& run);

  /// Applies one container: a full first, then each increment. Throws Error(corrupt) naming the
  /// container when a record does not open, a page is missing or stands in two records, or the
  /// parent's page root is not that of the container applied before.
  void apply(const ContainerReader& container, ByteSpan dek, const Manifest& manifest);

  /// Reads the whole file back and compares its page root with the manifest of the container
  /// applied last. Throws Error(corrupt).
  void prove();

  [[nodiscard]] const Manifest& manifest() const noexcept { return manifest_; }
  /// Which pages the container applied last brought along: one bit for each number up to its
  /// page_count, the first of no use.
  [[nodiscard]] const std::vector<bool>& brought() const noexcept { return taken_; }

 private:
  void apply_full(const ContainerReader& container, ByteSpan dek);
  void apply_increment(const ContainerReader& container, ByteSpan dek,
                       std::uint32_t parent_page_count);
  void take_pages(const PageList& pages, const std::string& object);
  void check_complete(std::uint32_t parent_page_count, const std::string& object) const;
  void report(std::uint64_t bytes);

  int fd_;
  std::string path_;
  const Run& run_;
  BufferPool buffers_;
  WorkerPool pool_;
  std::vector<FrameDecompressor> decompressors_;  // One for each worker.
  Manifest manifest_;
  std::string object_;
  bool started_ = false;
  std::vector<bool> taken_;  // One bit a page of the container under way.
  std::uint64_t done_bytes_ = 0;
};

}  // namespace valise
