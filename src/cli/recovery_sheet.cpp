#include "cli/recovery_sheet.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "cli/html_text.hpp"
#include "cli/qr_code.hpp"
#include "cli/recovery_sheet_page.hpp"
#include "cli/text_out.hpp"

namespace valise::cli {

namespace {

// A path of 4,096 bytes, each escaped, and all the rest many times over.
constexpr std::size_t kPageBytesMax = 64 * 1024;
constexpr std::size_t kGroupCharacters = 4;
constexpr std::size_t kQuietModules = 4;  // ISO/IEC 18004

/// Text that grows in guarded memory.
class SecretPage {
 public:
  SecretPage() : page_(kPageBytesMax) {}
  void add(ByteSpan bytes) {
    if (bytes.size() > page_.size() - size_) {
      throw Error(ErrorKind::limit,
                  "the recovery sheet is too large: the vault's path is too long");
    }
    std::copy(bytes.begin(), bytes.end(),
              page_.mutable_view().begin() + static_cast<std::ptrdiff_t>(size_));
    size_ += bytes.size();
  }
  void add(std::string_view text) { add(bytes_of(text)); }
  void add(std::size_t number) {
    std::array<char, 20> digits{};
    const auto end = fmt::format_to_n(digits.data(), digits.size(), "{}", number);
    add(std::string_view(digits.data(), end.size));
    wipe(MutableByteSpan(reinterpret_cast<std::uint8_t*>(digits.data()), digits.size()));
  }
  [[nodiscard]] Secret take() {
    page_.truncate(size_);
    return std::move(page_);
  }

 private:
  Secret page_;
  std::size_t size_ = 0;
};

void add_code(SecretPage& page, const Secret& code) {
  ByteSpan left = code.view();
  while (!left.empty()) {
    const std::size_t size = std::min(left.size(), kGroupCharacters);
    page.add("<span>");
    page.add(left.first(size));
    page.add("</span>\n");
    // The hyphen between two groups is not shown: the place of a group says enough.
    left = left.subspan(std::min(left.size(), size + 1));
  }
}

// One rectangle for each run of dark modules. Dark on white whatever the colours around it: many
// readers do not know a code that is light on dark.
void add_qr(SecretPage& page, const QrCode& qr) {
  page.add("<svg class=\"qr\" viewBox=\"0 0 ");
  page.add(qr.width() + 2 * kQuietModules);
  page.add(" ");
  page.add(qr.width() + 2 * kQuietModules);
  page.add(
      "\" role=\"img\" aria-label=\"The code as a QR code\" shape-rendering=\"crispEdges\">"
      "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n<path fill=\"#000\" d=\"");
  for (std::size_t y = 0; y < qr.width(); ++y) {
    for (std::size_t x = 0; x < qr.width(); ++x) {
      if (!qr.dark(x, y)) continue;
      const std::size_t start = x;
      while (x < qr.width() && qr.dark(x, y)) ++x;
      page.add("M");
      page.add(start + kQuietModules);
      page.add(" ");
      page.add(y + kQuietModules);
      page.add("h");
      page.add(x - start);
      page.add("v1h-");
      page.add(x - start);
      page.add("z");
    }
  }
  page.add("\"/></svg>\n</section>\n");
}

void add_facts(SecretPage& page, const RecoverySheet& sheet) {
  page.add(
      fmt::format("<dl>\n<dt>Vault</dt><dd class=\"mono\">{}</dd>\n"
                  "<dt>Its id</dt><dd class=\"mono\">{}</dd>\n"
                  "<dt>The owner's fingerprint</dt><dd class=\"mono\">{}</dd>\n"
                  "<dt>This sheet was made on</dt><dd>{}</dd>\n</dl>\n",
                  html_text(sheet.vault.native()), sheet.vault_id, sheet.owner_fingerprint,
                  format_day(sheet.made)));
}

void add_instructions(SecretPage& page, const RecoverySheet& sheet) {
  page.add(
      "<h2>What to do with it</h2>\n<ol>\n"
      "<li>To restore, on any machine with valise and a copy of the vault: <code>valise restore "
      "<span>--recovery-code</span> <span>--vault FOLDER</span> <span>--to NEW-FOLDER</span>"
      "</code>, then type the code.</li>\n");
  page.add(sheet.has_passphrase
               ? "<li>Whoever holds this sheet can read every backup of the vault and say who else "
                 "can. When it and the passphrase are both lost, nobody can.</li>\n"
               : "<li>Whoever holds this sheet can read every backup of the vault and say who else "
                 "can. The vault has no passphrase: when the code is lost, nobody can.</li>\n");
  page.add(
      "<li>Keep it away from the machine. Once a year, type the code into "
      "<code>valise key <span>recovery-check</span></code>, which changes nothing, and write the "
      "day "
      "below.</li>\n");
}

}  // namespace

Secret recovery_sheet_html(const RecoverySheet& sheet, const Secret& code) {
  SecretPage page;
  page.add(kSheetHead);
  add_code(page, code);
  page.add(kSheetAfterCode);
  add_qr(page, QrCode::of(code));
  add_facts(page, sheet);
  add_instructions(page, sheet);
  page.add(kSheetEnd);
  return page.take();
}

}  // namespace valise::cli
