#include "ops/passphrase.hpp"

#include <fmt/format.h>
#include <zxcvbn.h>

#include <cmath>

#include "base/error.hpp"
#include "crypto/passphrase.hpp"
#include "crypto/random.hpp"
#include "valise/init.hpp"

namespace valise {
namespace {

// zxcvbn's time grows fast with the length; what stands behind this many bytes only makes a
// passphrase stronger.
constexpr std::size_t kScoredBytesMax = 100;

// zxcvbn's own scale (Wheeler, USENIX Security 2016): guesses under 10^3, 10^6, 10^8, 10^10.
int score_of(double log10_guesses) {
  if (log10_guesses < 3) return 0;
  if (log10_guesses < 6) return 1;
  if (log10_guesses < 8) return 2;
  return log10_guesses < 10 ? 3 : 4;
}

}  // namespace

PassphraseStrength passphrase_strength(const Secret& passphrase) {
  const Secret normal = normalize_passphrase(passphrase.view());
  // The library wants a C string; the copy is a secret too.
  Secret text(std::min(normal.size(), kScoredBytesMax) + 1);
  std::copy_n(normal.view().begin(), text.size() - 1, text.mutable_view().begin());
  const double bits =
      ZxcvbnMatch(reinterpret_cast<const char*>(text.view().data()), nullptr, nullptr);
  PassphraseStrength strength;
  strength.score = score_of(bits * std::log10(2.0));
  strength.accepted = strength.score >= kPassphraseScoreMin;
  return strength;
}

std::optional<KeyFile> new_key_file(const RootKeys& keys, const std::optional<Secret>& passphrase,
                                    std::uint32_t memory_kib) {
  if (!passphrase) return std::nullopt;
  const PassphraseStrength strength = passphrase_strength(*passphrase);
  if (!strength.accepted) {
    throw Error(ErrorKind::usage,
                fmt::format("the passphrase is too easy to guess (strength {} of 4, {} needed): "
                            "take five or more unrelated words",
                            strength.score, kPassphraseScoreMin));
  }
  if (memory_kib < kKeyFileMemoryKibMin || memory_kib > kKeyFileMemoryKibMax) {
    throw Error(ErrorKind::usage, "the passphrase's memory must be 64 to 4096 MiB");
  }
  Argon2Cost cost;
  cost.memory_kib = memory_kib;
  return seal_key_file(keys, normalize_passphrase(passphrase->view()).view(), cost,
                       random_array<16>());
}

}  // namespace valise
