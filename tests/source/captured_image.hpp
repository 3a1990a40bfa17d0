#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <vector>

#include "base/bytes.hpp"
#include "source/live_database.hpp"

namespace valise::test {

/// A sink that rebuilds the database's file in memory and notes the order of the pages.
class CapturedImage : public PageSink {
 public:
  void page(std::uint32_t number, ByteSpan bytes) override {
    order.push_back(number);
    const std::size_t end = std::size_t{number} * bytes.size();
    if (image.size() < end) image.resize(end);
    std::copy(bytes.begin(), bytes.end(),
              image.begin() + static_cast<std::ptrdiff_t>(end - bytes.size()));
  }

  void write(const std::filesystem::path& path) const {
    std::ofstream out(path, std::ios::binary);
    out.write(reinterpret_cast<const char*>(image.data()),
              static_cast<std::streamsize>(image.size()));
  }

  Bytes image;
  std::vector<std::uint32_t> order;
};

/// Captures `source` and writes the rebuilt file to `target`.
inline CapturedImage capture_to(const std::filesystem::path& source,
                                const std::filesystem::path& target) {
  LiveDatabase database = LiveDatabase::open(source);
  CapturedImage captured;
  database.capture(captured);
  captured.write(target);
  return captured;
}

}  // namespace valise::test
