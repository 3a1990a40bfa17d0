#include "crypto/passphrase.hpp"

#include <utf8proc.h>

#include "base/error.hpp"
#include "base/utf8.hpp"

namespace valise {

Secret normalize_passphrase(ByteSpan typed) {
  if (typed.empty()) throw Error(ErrorKind::usage, "the passphrase is empty");
  if (typed.size() > kPassphraseBytesMax) {
    throw Error(ErrorKind::usage, "the passphrase is longer than 1,024 bytes");
  }
  const Error invalid(ErrorKind::usage, "the passphrase is not valid UTF-8");
  if (!valid_utf8(typed)) throw invalid;

  // utf8proc_NFC would return memory of its own that nobody wipes; these two steps work in ours.
  // NFC and nothing more: no folding of case or of look-alikes, which would weaken it.
  constexpr auto kNfc = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE);
  const auto typed_size = static_cast<utf8proc_ssize_t>(typed.size());
  const utf8proc_ssize_t count = utf8proc_decompose(typed.data(), typed_size, nullptr, 0, kNfc);
  if (count < 0) throw invalid;

  // One code point more than counted: utf8proc_reencode writes a zero after the text. A multiple
  // of four bytes lies aligned in the guarded pages of a Secret.
  Secret buffer((static_cast<std::size_t>(count) + 1) * sizeof(utf8proc_int32_t));
  auto* const code_points = reinterpret_cast<utf8proc_int32_t*>(buffer.mutable_view().data());
  const bool decomposed =
      utf8proc_decompose(typed.data(), typed_size, code_points, count, kNfc) == count;
  const utf8proc_ssize_t size =
      decomposed ? utf8proc_reencode(code_points, count, kNfc) : UTF8PROC_ERROR_INVALIDUTF8;
  if (size <= 0) throw invalid;
  buffer.truncate(static_cast<std::size_t>(size));
  return buffer;
}

}  // namespace valise
