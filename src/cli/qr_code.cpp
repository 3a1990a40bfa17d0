#include "cli/qr_code.hpp"

#include <qrencode.h>

#include <algorithm>
#include <memory>

#include "valise/error.hpp"

namespace valise::cli {

namespace {

struct FreeQr {
  void operator()(QRcode* code) const noexcept {
    const auto width = static_cast<std::size_t>(code->width);
    wipe(MutableByteSpan(code->data, width * width));
    QRcode_free(code);
  }
};

}  // namespace

QrCode QrCode::of(const Secret& text) {
  // The library wants a C string. What it copies of it for itself it frees unwiped: that stays
  // within this process, which shows its memory to nobody and leaves no core, until it ends.
  Secret terminated(text.size() + 1);
  std::copy(text.view().begin(), text.view().end(), terminated.mutable_view().begin());
  const std::unique_ptr<QRcode, FreeQr> code(QRcode_encodeString(
      reinterpret_cast<const char*>(terminated.view().data()), 0, QR_ECLEVEL_Q, QR_MODE_8, 1));
  if (!code) throw Error(ErrorKind::internal, "the QR code cannot be made");
  const auto width = static_cast<std::size_t>(code->width);
  Secret modules(width * width);
  // The lowest bit is the colour; the others say what a module is for.
  std::transform(code->data, code->data + width * width, modules.mutable_view().begin(),
                 [](unsigned char module) { return static_cast<std::uint8_t>(module & 1U); });
  return {width, std::move(modules)};
}

}  // namespace valise::cli
