#include "crypto/aes_gcm.hpp"

#include <openssl/evp.h>

#include <cassert>
#include <limits>
#include <memory>

#include "base/error.hpp"

namespace valise {
namespace {

constexpr ByteArray<12> kZeroGcmNonce{};

struct FreeCipher {
  // Wipes the key schedule.
  void operator()(EVP_CIPHER_CTX* context) const noexcept { EVP_CIPHER_CTX_free(context); }
};
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, FreeCipher>;

void require_gcm(bool worked) {
  if (!worked) throw Error(ErrorKind::internal, "AES-256-GCM does not start");
}

CipherContext start_gcm(ByteSpan key, bool sealing) {
  assert(key.size() == 32);
  // Fetching the algorithm by name takes longer than sealing a frame: once a process is enough.
  static const EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  CipherContext context(EVP_CIPHER_CTX_new());
  require_gcm(cipher != nullptr && context &&
              EVP_CipherInit_ex2(context.get(), cipher, key.data(), kZeroGcmNonce.data(),
                                 sealing ? 1 : 0, nullptr) == 1);
  return context;
}

int length_of(ByteSpan bytes) {
  assert(bytes.size() <= std::size_t{std::numeric_limits<int>::max()} - kGcmTagBytes);
  return static_cast<int>(bytes.size());
}

}  // namespace

Bytes seal_aes_gcm(ByteSpan key, ByteSpan message) {
  const CipherContext context = start_gcm(key, true);
  Bytes out(message.size() + kGcmTagBytes);
  int written = 0;
  int rest = 0;
  require_gcm(EVP_EncryptUpdate(context.get(), out.data(), &written, message.data(),
                                length_of(message)) == 1 &&
              EVP_EncryptFinal_ex(context.get(), out.data() + written, &rest) == 1 &&
              EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, int{kGcmTagBytes},
                                  out.data() + message.size()) == 1);
  return out;
}

std::optional<Bytes> open_aes_gcm(ByteSpan key, ByteSpan sealed) {
  if (sealed.size() < kGcmTagBytes) return std::nullopt;
  const CipherContext context = start_gcm(key, false);
  const ByteSpan message = sealed.first(sealed.size() - kGcmTagBytes);
  Bytes tag(sealed.end() - kGcmTagBytes, sealed.end());
  Bytes out(message.size());
  int written = 0;
  int rest = 0;
  require_gcm(EVP_DecryptUpdate(context.get(), out.data(), &written, message.data(),
                                length_of(message)) == 1 &&
              EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, int{kGcmTagBytes},
                                  tag.data()) == 1);
  if (EVP_DecryptFinal_ex(context.get(), out.data() + written, &rest) != 1) return std::nullopt;
  return out;
}

}  // namespace valise
