#include <algorithm>

#include "format/manifest.hpp"
#include "fuzz/fuzz_target.hpp"

namespace valise::fuzz {

void manifest(ByteSpan input) {
  accepts([&] {
    const Bytes again = encode_manifest(decode_manifest(input, "manifest"));
    promise(std::ranges::equal(again, input), "a manifest has one form");
  });
}

}  // namespace valise::fuzz

VALISE_FUZZ_TARGET(manifest);
