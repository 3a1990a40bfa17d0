#include "ops/page_groups.hpp"

namespace valise {
namespace {

// The first byte of a b-tree page (sqlite.org/fileformat.html section 1.6); on page 1 it stands
// behind the file's header. Overflow and free pages have none and fall into the last group, as does
// any page whose first byte lies.
std::size_t group_of(std::uint32_t number, ByteSpan page) {
  switch (page[number == 1 ? 100 : 0]) {
    case 0x0d:
      return 0;  // table leaf
    case 0x0a:
      return 1;  // index leaf
    case 0x05:
      return 2;  // table interior
    case 0x02:
      return 3;  // index interior
    default:
      return 4;
  }
}

}  // namespace

void PageGroups::flush(Group& group) {
  if (group.pages.empty()) return;
  Group full = std::move(group);
  group = Group{};
  emit_(std::move(full.pages), std::move(full.content));
}

void PageGroups::add(std::uint32_t number, ByteSpan page) {
  Group& group = groups_[group_of(number, page)];
  if (group.content.empty()) group.content.reserve(kFullGroupBytes);
  if (!group.pages.empty() && number < group.pages.back()) {
    group.pages.insert(group.pages.begin(), number);
    group.content.insert(group.content.begin(), page.begin(), page.end());
  } else {
    group.pages.push_back(number);
    append(group.content, page);
  }
  if (group.content.size() + page_size_ > kFullGroupBytes) flush(group);
}

void PageGroups::finish() {
  for (Group& group : groups_) flush(group);
}

}  // namespace valise
