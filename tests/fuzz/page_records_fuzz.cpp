#include <algorithm>
#include <cstdlib>

#include "base/error.hpp"
#include "format/page_records.hpp"

/// The first byte chooses page size, length and prefix of a record, the rest is its payload. A list
/// that is read is written as the same bytes; everything else is an Error(corrupt).
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  static valise::PageDecompressor decompressor;
  const std::uint32_t page_size = 512U << (data[0] & 7);
  const std::uint32_t plain_bytes = page_size * (1 + (data[0] >> 3 & 15));
  const valise::ByteSpan payload{data + 1, size - 1};
  try {
    const valise::PageRecord record =
        valise::parse_page_record(payload, page_size, 1U << 22, plain_bytes, "fuzz");
    const valise::Bytes list = valise::encode_page_list(record.pages);
    if (!std::equal(list.begin(), list.end(), payload.begin() + 4)) std::abort();
    if (record.pages.size() != plain_bytes / page_size) std::abort();
    const valise::Bytes prefix((data[0] & 0x80) != 0 ? plain_bytes / 2 : 0, 'x');
    valise::Bytes out(plain_bytes);
    decompressor.run(record.frame, prefix, out, "fuzz");
  } catch (const valise::Error& error) {
    if (error.kind() != valise::ErrorKind::corrupt) std::abort();
  }
  return 0;
}
