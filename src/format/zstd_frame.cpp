#include "format/zstd_frame.hpp"

#include <zstd.h>

#include <algorithm>
#include <bit>
#include <string>

#include "base/cursor.hpp"
#include "base/error.hpp"
#include "format/manifest.hpp"

namespace valise {
namespace {

// What old and new bytes of one record need, 8 MiB each. A frame that asks for more is refused.
constexpr std::uint64_t kFrameWindowBytesMax = 2ULL * kRecordPlainBytesMax;
constexpr unsigned kWindowLogMin = 10;  // ZSTD_WINDOWLOG_MIN, which zstd.h does not promise.

constexpr std::uint32_t kFrameMagic = 0xFD2FB528;  // RFC 8878 section 3.1.1.

void check(std::size_t code, const char* what) {
  if (ZSTD_isError(code) != 0U) {
    throw Error(ErrorKind::internal, std::string("zstd ") + what + ": " + ZSTD_getErrorName(code));
  }
}

/// Refuses what this format's frames never have (RFC 8878 section 3.1.1.1): a checksum (the AEAD
/// does that), a dictionary id, an unknown content size, a window over the limit. One-pass
/// decompression does not look at the window, hence the look at the header here.
void check_frame_header(ByteSpan frame, std::uint64_t out_bytes, std::string_view object) {
  ByteReader reader(frame, object);
  if (reader.u32() != kFrameMagic) reader.fail("its content is not a zstd frame");
  const std::uint8_t descriptor = reader.u8();
  const bool single_segment = (descriptor & 0x20) != 0;
  if ((descriptor & 0x1F) != 0)
    reader.fail("its zstd frame has a checksum, dictionary or unused bit");
  if (!single_segment) {
    const std::uint8_t window = reader.u8();
    const std::uint64_t base = 1ULL << (10 + (window >> 3));
    if (base + base / 8 * (window & 7) > kFrameWindowBytesMax) {
      reader.fail("its zstd frame asks for too large a window");
    }
  }
  if (ZSTD_getFrameContentSize(frame.data(), frame.size()) != out_bytes) {
    reader.fail("its zstd frame does not state the length that its table row states");
  }
}

}  // namespace

void FrameCompressor::Free::operator()(ZSTD_CCtx_s* owned) const noexcept { ZSTD_freeCCtx(owned); }
void FrameDecompressor::Free::operator()(ZSTD_DCtx_s* owned) const noexcept {
  ZSTD_freeDCtx(owned);
}

FrameCompressor::FrameCompressor() : context_(ZSTD_createCCtx()) {
  if (!context_) throw Error(ErrorKind::internal, "no memory for compression");
}

FrameCompressor::FrameCompressor(int level) : FrameCompressor() {
  set(ZSTD_c_compressionLevel, level);
}

void FrameCompressor::reset(int level) {
  check(ZSTD_CCtx_reset(context_.get(), ZSTD_reset_session_and_parameters), "reset");
  set(ZSTD_c_compressionLevel, level);
}

void FrameCompressor::set(int parameter, int value) {
  const auto which = static_cast<ZSTD_cParameter>(parameter);
  check(ZSTD_CCtx_setParameter(context_.get(), which, value), "parameter");
}

void FrameCompressor::set_window(std::uint64_t bytes) {
  const auto log = static_cast<unsigned>(std::bit_width(bytes > 1 ? bytes - 1 : 1));
  set(ZSTD_c_windowLog, static_cast<int>(std::max(log, kWindowLogMin)));
}

void FrameCompressor::refer_to(ByteSpan prefix) {
  check(ZSTD_CCtx_refPrefix(context_.get(), prefix.data(), prefix.size()), "prefix");
}

Bytes FrameCompressor::run(ByteSpan content) {
  Bytes frame;
  append_to(frame, content);
  return frame;
}

void FrameCompressor::append_to(Bytes& out, ByteSpan content) {
  // In one pass, so that zstd keeps neither a window nor an output buffer of its own. Not a vector,
  // which would write zeros to 8 MiB of room of which a delta uses a hundredth.
  const std::size_t room = ZSTD_compressBound(content.size());
  const auto frame = std::make_unique_for_overwrite<std::uint8_t[]>(room);
  const std::size_t bytes =
      ZSTD_compress2(context_.get(), frame.get(), room, content.data(), content.size());
  check(bytes, "compression");
  append(out, {frame.get(), bytes});
}

FrameDecompressor::FrameDecompressor() : context_(ZSTD_createDCtx()) {
  if (!context_) throw Error(ErrorKind::internal, "no memory for decompression");
}

void FrameDecompressor::run(ByteSpan frame, ByteSpan prefix, MutableByteSpan out,
                            std::string_view object) {
  check_frame_header(frame, out.size(), object);
  // A second frame, a skippable one or other bytes after the first would also decompress.
  if (ZSTD_findFrameCompressedSize(frame.data(), frame.size()) != frame.size()) {
    throw Error(ErrorKind::corrupt,
                std::string(object) + ": its content is not exactly one whole zstd frame");
  }
  // Also after an error in the last call, whose prefix must not survive.
  check(ZSTD_DCtx_reset(context_.get(), ZSTD_reset_session_and_parameters), "reset");
  check(ZSTD_DCtx_refPrefix(context_.get(), prefix.data(), prefix.size()), "prefix");
  const std::size_t written =
      ZSTD_decompressDCtx(context_.get(), out.data(), out.size(), frame.data(), frame.size());
  if (ZSTD_isError(written) != 0U || written != out.size()) {
    throw Error(
        ErrorKind::corrupt,
        std::string(object) + ": its content does not decompress to what its table row states");
  }
}

}  // namespace valise
