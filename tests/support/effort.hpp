#pragma once

namespace valise::test {

#ifndef __has_feature
#define __has_feature(feature) 0
#endif

/// How many steps an exhaustive loop takes at once: one, and three under sanitizers, where every
/// step costs several times as much. What a sanitizer finds does not hide between two neighbours.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || \
    __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr unsigned kStride = 3;
#else
constexpr unsigned kStride = 1;
#endif

}  // namespace valise::test
