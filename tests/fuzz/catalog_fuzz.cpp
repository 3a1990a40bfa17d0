#include "format/catalog_reader.hpp"
#include "format/catalog_writer.hpp"
#include "fuzz/fuzz_target.hpp"

namespace valise::fuzz {

/// The input is cut into records at every two bytes 0xFF.
void catalog(ByteSpan input) {
  CatalogWriter writer([](ByteSpan) {});
  CatalogReader reader([&](const CatalogFile& file) {
    promise(accepts([&] { writer.add(file); }), "a file that was read can be written");
  });
  accepts([&] {
    std::size_t start = 0;
    for (std::size_t i = 0; i + 1 < input.size(); ++i) {
      if (input[i] != 0xFF || input[i + 1] != 0xFF) continue;
      reader.add(input.subspan(start, i - start), "catalog");
      start = ++i + 1;
    }
    reader.add(input.subspan(start), "catalog");
    reader.finish("catalog");
  });
}

}  // namespace valise::fuzz

VALISE_FUZZ_TARGET(catalog);
