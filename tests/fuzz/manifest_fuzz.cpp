#include <cstdlib>

#include "base/error.hpp"
#include "format/manifest.hpp"

/// What is read as a manifest is written as the same bytes; everything else is an Error(corrupt).
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const valise::Manifest manifest = valise::decode_manifest({data, size}, "fuzz");
    const valise::Bytes again = valise::encode_manifest(manifest);
    if (!std::equal(again.begin(), again.end(), data, data + size)) std::abort();
  } catch (const valise::Error& error) {
    if (error.kind() != valise::ErrorKind::corrupt) std::abort();
  }
  return 0;
}
