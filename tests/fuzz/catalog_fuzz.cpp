#include <cstdlib>
#include <string>

#include "base/error.hpp"
#include "format/catalog.hpp"

/// The input is cut into records at every two bytes 0xFF. Files that are read are sorted and can be
/// written; everything else is an Error(corrupt).
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  valise::CatalogWriter writer([](valise::ByteSpan) {});
  bool writing = false;
  valise::CatalogReader reader([&](const valise::CatalogFile& file) {
    writing = true;
    writer.add(file);
    writing = false;
  });
  try {
    std::size_t start = 0;
    for (std::size_t i = 0; i + 1 < size; ++i) {
      if (data[i] != 0xFF || data[i + 1] != 0xFF) continue;
      reader.add({data + start, i - start}, "fuzz");
      start = ++i + 1;
    }
    reader.add({data + start, size - start}, "fuzz");
    reader.finish("fuzz");
  } catch (const valise::Error& error) {
    if (writing || error.kind() != valise::ErrorKind::corrupt) std::abort();
  }
  return 0;
}
