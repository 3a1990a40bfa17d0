#include "vault/database_file.hpp"

#include <functional>

#include "base/error.hpp"
#include "base/files.hpp"

namespace valise {
namespace {

// Calls `each` with runs of neighbouring pages: (index of the first in the list, count).
void for_each_run(const PageList& pages,
                  const std::function<void(std::size_t first, std::size_t count)>& each) {
  for (std::size_t first = 0; first < pages.size();) {
    std::size_t count = 1;
    while (first + count < pages.size() && pages[first + count] == pages[first] + count) ++count;
    each(first, count);
    first += count;
  }
}

}  // namespace

void DatabaseFile::write(const PageList& pages, ByteSpan content) const {
  for_each_run(pages, [&](std::size_t first, std::size_t count) {
    write_all_at(fd, content.subspan(first * page_size, count * page_size), offset(pages[first]),
                 path);
  });
}

void DatabaseFile::read(const PageList& pages, MutableByteSpan out) const {
  for_each_run(pages, [&](std::size_t first, std::size_t count) {
    const MutableByteSpan part = out.subspan(first * page_size, count * page_size);
    if (read_at(fd, part, offset(pages[first]), path) != part.size()) {
      throw Error(ErrorKind::storage, path + ": it became shorter while it was rebuilt");
    }
  });
}

}  // namespace valise
