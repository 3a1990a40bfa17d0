#pragma once

namespace valise::test {

#ifndef __has_feature
#define __has_feature(feature) 0
#endif

/// Whether this build runs under AddressSanitizer or ThreadSanitizer.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || \
    __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

/// How many steps an exhaustive loop takes at once: one, and three under sanitizers, where every
/// step costs several times as much. What a sanitizer finds does not hide between two neighbours.
constexpr unsigned kStride = kSanitized ? 3 : 1;

}  // namespace valise::test
