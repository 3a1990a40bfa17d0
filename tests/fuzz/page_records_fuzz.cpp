#include <algorithm>

#include "format/page_records.hpp"
#include "fuzz/fuzz_target.hpp"

namespace valise::fuzz {

/// The first byte chooses page size, length and prefix of a record, the rest is its payload.
void page_records(ByteSpan input) {
  if (input.empty()) return;
  const std::uint8_t choice = input[0];
  const std::uint32_t page_size = 512U << (choice & 7);
  const std::uint32_t plain_bytes = page_size * (1 + (choice >> 3 & 15));
  const ByteSpan payload = input.subspan(1);
  accepts([&] {
    const PageRecord record =
        parse_page_record(payload, page_size, 1U << 22, plain_bytes, "record");
    promise(record.pages.size() == plain_bytes / page_size, "a list fits its length");
    const Bytes list = encode_page_list(record.pages);
    promise(std::equal(list.begin(), list.end(), payload.begin() + 4), "a list has one form");
    const Bytes prefix((choice & 0x80) != 0 ? plain_bytes / 2 : 0, 'x');
    Bytes out(plain_bytes);
    FrameDecompressor().run(record.frame, prefix, out, "record");
  });
}

}  // namespace valise::fuzz

VALISE_FUZZ_TARGET(page_records);
