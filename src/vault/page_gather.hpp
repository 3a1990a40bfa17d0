#pragma once

#include <string>
#include <vector>

#include "base/buffer_pool.hpp"
#include "base/ordered_pipeline.hpp"
#include "format/page_records.hpp"

namespace valise {

/// Writes pages that come in groups by kind to their places in a file. Groups are gathered and
/// written in page order, in runs as long as they come: page by page, the writes were half of a
/// rebuild's time (measured). Memory: two gatherings of kGatherBytes, 8 MiB each; 16 cost more in
/// fresh memory than they saved. Used from one thread; writes on a worker.
class PageGather {
 public:
  PageGather(WorkerPool& pool, int fd, const std::string& path, std::uint32_t page_size);
  /// `content` holds the pages of the list, in its order.
  void add(PageList pages, BufferPool::Buffer content);
  /// Writes what is left and waits for all.
  void finish();

 private:
  struct Group {
    PageList pages;
    BufferPool::Buffer content;
  };
  static constexpr std::size_t kGatherBytes = 8 * 1024 * 1024;
  void flush();
  void write(const std::vector<Group>& groups) const;

  int fd_;
  const std::string& path_;
  std::uint32_t page_size_;
  std::vector<Group> groups_;
  std::size_t bytes_ = 0;
  OrderedPipeline<bool> writing_;
};

}  // namespace valise
