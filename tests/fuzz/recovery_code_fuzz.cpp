#include "format/recovery_code.hpp"
#include "format/root_keys.hpp"
#include "fuzz/fuzz_target.hpp"

namespace valise::fuzz {

void recovery_code(ByteSpan input) {
  accepts([&] {
    const Secret seed = parse_recovery_code(input);
    promise(seed.size() == kSeedBytes, "a seed's length");
    const Secret code = format_recovery_code(seed.view());
    promise(equal_secret(parse_recovery_code(code.view()).view(), seed.view()),
            "a code reads back");
  });
  // Any 20 bytes are a seed.
  Bytes seed(input.begin(), input.end());
  seed.resize(kSeedBytes);
  const Secret code = format_recovery_code(seed);
  promise(equal_secret(parse_recovery_code(code.view()).view(), seed), "a seed comes back");
}

}  // namespace valise::fuzz

VALISE_FUZZ_TARGET(recovery_code);
