#pragma once

#include <string_view>

namespace valise::cli {

// The parts of the recovery sheet that are the same for everybody: its style, and what stands
// before the code, after it and at the end.

inline constexpr std::string_view kSheetHead = R"(<!DOCTYPE html>
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

inline constexpr std::string_view kSheetAfterCode = R"(</p>
<p class="soft">Large and small letters are the same, and so are O and 0, and I, L and 1.</p>
</div>
)";

inline constexpr std::string_view kSheetEnd = R"(</ol>
<h2>Checked on</h2>
<div class="checks"><div></div><div></div><div></div><div></div><div></div><div></div></div>
</main>
</body>
</html>
)";

}  // namespace valise::cli
