#pragma once

#include <memory>
#include <string_view>

#include "base/bytes.hpp"

// The library's working memory, under the names that it has there.
struct ZSTD_CCtx_s;
struct ZSTD_DCtx_s;

namespace valise {

/// Compresses into zstd frames that state their content's size and have no checksum: the AEAD
/// around them does that. Holds zstd's working memory, so make one for each thread and keep it.
class FrameCompressor {
 public:
  /// At zstd's default level. Throws Error(internal) where there is no memory.
  FrameCompressor();
  explicit FrameCompressor(int level);
  /// For the frames that follow; every setting and prefix of before is forgotten.
  void reset(int level);
  /// `parameter` is a ZSTD_cParameter.
  void set(int parameter, int value);
  /// The smallest window that spans `bytes`.
  void set_window(std::uint64_t bytes);
  /// The next frame alone may refer to these bytes, which stay where they are until then.
  void refer_to(ByteSpan prefix);
  [[nodiscard]] Bytes run(ByteSpan content);
  /// The same, behind what `out` holds.
  void append_to(Bytes& out, ByteSpan content);

 private:
  struct Free {
    void operator()(ZSTD_CCtx_s* owned) const noexcept;
  };
  std::unique_ptr<ZSTD_CCtx_s, Free> context_;
};

/// Decompresses frames. One for each thread.
class FrameDecompressor {
 public:
  /// Throws Error(internal) where there is no memory.
  FrameDecompressor();
  /// Decompresses into exactly out.size() bytes; `prefix` is what the compressor was referred to.
  /// Throws Error(corrupt), naming `object`, when the frame does not give exactly that, holds more
  /// than one frame, or asks for a window over the limit. Memory is bounded by out.size() and the
  /// window limit.
  void run(ByteSpan frame, ByteSpan prefix, MutableByteSpan out, std::string_view object);

 private:
  struct Free {
    void operator()(ZSTD_DCtx_s* owned) const noexcept;
  };
  std::unique_ptr<ZSTD_DCtx_s, Free> context_;
};

}  // namespace valise
