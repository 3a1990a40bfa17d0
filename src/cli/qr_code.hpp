#pragma once

#include <cstddef>

#include "valise/secret.hpp"

namespace valise::cli {

/// The modules of a QR code (ISO/IEC 18004) without its quiet zone. They are as secret as the text.
class QrCode {
 public:
  /// Of digits, capital letters and "-": a quarter of it may be damaged and it still reads. Throws
  /// Error(internal) when the text does not fit.
  [[nodiscard]] static QrCode of(const Secret& text);

  /// Modules a side.
  [[nodiscard]] std::size_t width() const noexcept { return width_; }
  [[nodiscard]] bool dark(std::size_t x, std::size_t y) const noexcept {
    return modules_.view()[y * width_ + x] != 0;
  }

 private:
  QrCode(std::size_t width, Secret modules) : width_(width), modules_(std::move(modules)) {}
  std::size_t width_;
  Secret modules_;
};

}  // namespace valise::cli
