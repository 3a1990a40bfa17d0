#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string_view>

#include "base/bytes.hpp"
#include "base/error.hpp"

// A fuzz target feeds bytes to the parsers of one format. A refusal (wrong_key, corrupt, limit) is
// the expected end; any other exception, and a broken promise, is a find. The targets are replayed
// over tests/fuzz/corpus as an ordinary test, and built for libFuzzer with VALISE_FUZZ.

namespace valise::fuzz {

void answer(ByteSpan input);
void card(ByteSpan input);
void catalog(ByteSpan input);
void container(ByteSpan input);
void drill(ByteSpan input);
void entry(ByteSpan input);
void key_file(ByteSpan input);
void manifest(ByteSpan input);
void page_records(ByteSpan input);
void recovery_code(ByteSpan input);
void request(ByteSpan input);

/// Ends the run unless the parser kept its promise.
inline void promise(bool kept, const char* what) {
  if (!kept) throw std::logic_error(what);
}

/// Runs a parser. True when it accepts, false when it refuses; another error passes on.
template <typename Parse>
bool accepts(Parse&& parse) {
  try {
    parse();
    return true;
  } catch (const Error& error) {
    const bool refusal = error.kind() == ErrorKind::wrong_key ||
                         error.kind() == ErrorKind::corrupt || error.kind() == ErrorKind::limit;
    if (!refusal) throw;
    promise(!std::string_view(error.what()).empty(), "a refusal says why");
    return false;
  }
}

}  // namespace valise::fuzz

#ifdef VALISE_LIBFUZZER
#include "crypto/secret.hpp"

// start_crypto forbids other processes to look into this one, so run with
// ASAN_OPTIONS=detect_leaks=0: the leak check is such a process.
#define VALISE_FUZZ_TARGET(name)                                                      \
  extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);  \
  extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) { \
    static const bool started = (valise::start_crypto(), true);                       \
    static_cast<void>(started);                                                       \
    valise::fuzz::name({data, size});                                                 \
    return 0;                                                                         \
  }                                                                                   \
  static_assert(true, "")
#else
#define VALISE_FUZZ_TARGET(name) static_assert(true, "")
#endif
