#pragma once

#include "base/bytes.hpp"
#include "crypto/secret.hpp"

namespace valise {

/// Wipes a buffer when the scope ends, however it ends. For bytes too many for locked memory.
class WipeGuard {
 public:
  explicit WipeGuard(Bytes& bytes) noexcept : bytes_(bytes) {}
  ~WipeGuard() { wipe(bytes_); }
  WipeGuard(const WipeGuard&) = delete;
  WipeGuard& operator=(const WipeGuard&) = delete;

 private:
  Bytes& bytes_;
};

}  // namespace valise
