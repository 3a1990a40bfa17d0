#pragma once

#include <array>
#include <functional>

#include "base/bytes.hpp"
#include "format/page_records.hpp"

namespace valise {

/// Sorts pages into groups by their b-tree type, because pages of one kind compress better together
/// (measured: 141.6 MB against 144.5 MB in file order). A group goes out when it holds
/// kFullGroupBytes. Pages come ascending, but for page 1, which may come last.
class PageGroups {
 public:
  using Emit = std::function<void(PageList pages, Bytes content)>;
  PageGroups(std::uint32_t page_size, Emit emit) : page_size_(page_size), emit_(std::move(emit)) {}
  void add(std::uint32_t number, ByteSpan page);
  /// Hands out what is left.
  void finish();

 private:
  struct Group {
    PageList pages;
    Bytes content;
  };
  void flush(Group& group);

  std::uint32_t page_size_;
  Emit emit_;
  std::array<Group, 5> groups_;
};

}  // namespace valise
