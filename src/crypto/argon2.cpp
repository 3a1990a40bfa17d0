#include "crypto/argon2.hpp"

#include <argon2.h>

#include "base/error.hpp"

namespace valise {
namespace {

// libargon2's interface takes no const pointers, and leaves the inputs alone unless a flag that is
// not set here asks it to wipe them.
std::uint8_t* unconst(ByteSpan bytes) { return const_cast<std::uint8_t*>(bytes.data()); }

}  // namespace

Secret argon2id(ByteSpan passphrase, ByteSpan salt, ByteSpan ad, const Argon2Cost& cost) {
  Secret out(32);
  argon2_context context{};
  context.out = out.mutable_view().data();
  context.outlen = 32;
  context.pwd = unconst(passphrase);
  context.pwdlen = static_cast<std::uint32_t>(passphrase.size());
  context.salt = unconst(salt);
  context.saltlen = static_cast<std::uint32_t>(salt.size());
  context.ad = unconst(ad);
  context.adlen = static_cast<std::uint32_t>(ad.size());
  context.t_cost = cost.passes;
  context.m_cost = cost.memory_kib;
  context.lanes = cost.lanes;
  context.threads = cost.lanes;
  context.version = ARGON2_VERSION_13;
  context.flags = ARGON2_DEFAULT_FLAGS;
  const int code = argon2id_ctx(&context);
  if (code == ARGON2_MEMORY_ALLOCATION_ERROR) {
    throw Error(ErrorKind::limit, "not enough memory to derive the key from the passphrase (" +
                                      std::to_string(cost.memory_kib / 1024) + " MiB needed)");
  }
  if (code != ARGON2_OK) {
    throw Error(ErrorKind::internal, std::string("Argon2id failed: ") + argon2_error_message(code));
  }
  return out;
}

}  // namespace valise
