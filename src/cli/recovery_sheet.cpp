#include "cli/recovery_sheet.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "cli/qr_code.hpp"
#include "cli/text_out.hpp"
#include "cli/utf8.hpp"

namespace valise::cli {

namespace {

// A path of 4,096 bytes, each escaped, and all the rest many times over.
constexpr std::size_t kPageBytesMax = 64 * 1024;
constexpr std::size_t kGroupCharacters = 4;
constexpr std::size_t kQuietModules = 4;  // ISO/IEC 18004

constexpr std::string_view kHead = R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="robots" content="noindex">
<title>Recovery sheet</title>
<style>
:root { color-scheme: light dark; --paper: #fff; --ink: #16181d; --soft: #5b616e; --line: #c9cdd6; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #16181d; --ink: #eceef2; --soft: #a3a9b6; --line: #444a57; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, "Liberation Sans", Arial, sans-serif; }
main { max-width: 46rem; margin: 0 auto; padding: 2rem 1.25rem; }
h1 { margin: 0; font-size: 1.75rem; line-height: 1.2; }
h2 { margin: 2rem 0 .5rem; font-size: 1rem; }
p { margin: .25rem 0; }
.soft, dt { color: var(--soft); }
.key { display: flex; flex-wrap: wrap; gap: 1.5rem 2rem; align-items: center;
  justify-content: space-between; margin: 1.5rem 0; padding: 1.5rem; border: 2px solid var(--ink);
  border-radius: .5rem; }
.code { display: grid; grid-template-columns: repeat(3, auto); gap: .5rem 1.5rem; margin: 0 0 1rem;
  justify-content: start;
  font: 700 1.9rem/1.25 ui-monospace, "DejaVu Sans Mono", "Liberation Mono", Menlo, monospace; }
.words { flex: 1 1 19rem; }
.qr { flex: none; width: 12.5rem; height: 12.5rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1.25rem; margin: 0;
  align-items: baseline; }
dd { margin: 0; overflow-wrap: anywhere; }
code, .mono { font-family: ui-monospace, "DejaVu Sans Mono", "Liberation Mono", Menlo, monospace;
  font-size: .9em; overflow-wrap: anywhere; }
code span { white-space: nowrap; }
ol { margin: 0; padding-left: 1.25rem; }
li { margin: .4rem 0; }
.checks { display: grid; grid-template-columns: repeat(3, 1fr); gap: 0 2rem; }
.checks div { height: 2.6rem; border-bottom: 1px solid var(--line); }
@media (max-width: 40rem) {
  main { padding: 1.25rem 1rem; }
  .key { padding: 1rem; }
  .code { font-size: 1.45rem; gap: .4rem 1rem; }
  .qr { margin: 0 auto; }
  dl { grid-template-columns: 1fr; gap: 0; }
  dd { margin: 0 0 .5rem; }
}
@page { margin: 18mm; }
@media print {
  :root { color-scheme: light; --paper: #fff; --ink: #000; --soft: #333; --line: #777; }
  body { font-size: 11pt; }
  main { max-width: none; padding: 0; }
  .key { break-inside: avoid; }
}
</style>
</head>
<body>
<main>
<h1>Recovery sheet</h1>
<p class="soft">of a vault of backups made with valise</p>
<section class="key">
<div class="words">
<p class="code">
)";

constexpr std::string_view kAfterCode = R"(</p>
<p class="soft">Large and small letters are the same, and so are O and 0, and I, L and 1.</p>
</div>
)";

constexpr std::string_view kEnd = R"(</ol>
<h2>Checked on</h2>
<div class="checks"><div></div><div></div><div></div><div></div><div></div><div></div></div>
</main>
</body>
</html>
)";

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

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : printable(text)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

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
                  escaped(sheet.vault.native()), sheet.vault_id, sheet.owner_fingerprint,
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
  page.add(kHead);
  add_code(page, code);
  page.add(kAfterCode);
  add_qr(page, QrCode::of(code));
  add_facts(page, sheet);
  add_instructions(page, sheet);
  page.add(kEnd);
  return page.take();
}

}  // namespace valise::cli
