#include "crypto/aead.hpp"
#include "crypto/hash.hpp"
#include "format/key_file.hpp"
#include "fuzz/fuzz_target.hpp"

namespace valise::fuzz {
namespace {

constexpr std::size_t kHeaderBytes = 72;

void check_cost(ByteSpan bytes) {
  accepts([&] {
    const Argon2Cost cost = key_file_cost(bytes, "key file");
    promise(cost.memory_kib >= kKeyFileMemoryKibMin && cost.memory_kib <= kKeyFileMemoryKibMax &&
                cost.passes >= 1 && cost.passes <= kKeyFilePassesMax && cost.lanes >= 1 &&
                cost.lanes <= kKeyFileLanesMax,
            "no cost beyond the limits gets through");
  });
}

}  // namespace

void key_file(ByteSpan input) {
  // Argon2id itself is left out: what it would make of a passphrase is given.
  const Secret kek = Secret::copy_of(Bytes(32, 1));
  check_cost(input);
  promise(!accepts([&] { static_cast<void>(unwrap_key_file(input, kek, "key file")); }),
          "bytes without the key open nothing");
  // The same header over a seal and a commitment that fit: only the named owner's seed opens.
  const RootKeys owner(Bytes(kSeedBytes, 2));
  Bytes file(input.begin(), input.end());
  file.resize(kHeaderBytes);
  const bool named = array_of<32>(ByteSpan(file).subspan(40)) == owner.sign_pk();
  append(file, seal(derive("VL1.key.wrap", kek.view(), {}).view(), owner.seed(), file));
  append(file, keyed_hash("VL1.key.commit", kek.view(), {file}));
  check_cost(file);
  const bool opened = accepts([&] { static_cast<void>(unwrap_key_file(file, kek, "key file")); });
  promise(!opened || named, "only the named owner's seed opens");
}

}  // namespace valise::fuzz

VALISE_FUZZ_TARGET(key_file);
