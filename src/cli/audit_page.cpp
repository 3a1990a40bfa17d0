#include "cli/audit_page.hpp"

#include <fmt/format.h>

#include "cli/html_text.hpp"

namespace valise::cli {

namespace {

// Colour never stands alone: end-to-end is plain and escrow is hatched, findings carry words.
constexpr std::string_view kStyle = R"css(
:root{color-scheme:light dark;
--bg:#f7f5f1;--card:#fff;--ink:#1d1b18;--muted:#6a645b;--line:#e3ded5;
--e2ee:#1f5f9e;--e2ee-soft:#d9e7f5;--esc:#9a5200;--esc-soft:#f8e3c8;
--bad:#a8231b;--bad-soft:#fae1de;--warn:#7a5a00;--warn-soft:#f7eccb;--ok:#1c6b41;--ok-soft:#dcf0e4;
--mono:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
@media (prefers-color-scheme:dark){:root{
--bg:#141311;--card:#1e1c1a;--ink:#ece8e1;--muted:#a49d92;--line:#37332d;
--e2ee:#86b9ee;--e2ee-soft:#1d3247;--esc:#efa854;--esc-soft:#402c13;
--bad:#f2938b;--bad-soft:#43201d;--warn:#e6c568;--warn-soft:#3a2f12;--ok:#83cfa3;--ok-soft:#17372a}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--bg);color:var(--ink);
font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
main{max-width:60rem;margin:0 auto;padding:2rem 1.25rem 3rem}
h1,h2,h3,h4{line-height:1.25;margin:0;font-weight:650;letter-spacing:-.01em}
h1{font-size:1.8rem}h2{font-size:1.3rem;overflow-wrap:anywhere}h3{font-size:1.05rem}
p{margin:.4rem 0}a{color:var(--e2ee)}
code,pre{font-family:var(--mono);font-size:.86em}
.muted{color:var(--muted)}.small{font-size:.875rem}
.top{margin-bottom:1.75rem}.top p{color:var(--muted)}
.vault{background:var(--card);border:1px solid var(--line);border-radius:14px;
padding:1.5rem;margin:0 0 1.5rem}
.vault>section{margin-top:1.9rem}
.vault>section>h3{padding-bottom:.45rem;border-bottom:1px solid var(--line);margin-bottom:.8rem}
.id{font-family:var(--mono);font-size:.8rem;color:var(--muted);overflow-wrap:anywhere}
.verdict{display:inline-block;margin:.8rem 0 0;padding:.35rem .8rem;border-radius:8px;font-weight:600}
.verdict.ok{background:var(--ok-soft);color:var(--ok)}
.verdict.warn{background:var(--warn-soft);color:var(--warn)}
.verdict.bad{background:var(--bad-soft);color:var(--bad)}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(8.5rem,1fr));gap:1rem;margin:1.25rem 0 0}
.facts div{border-left:3px solid var(--line);padding-left:.75rem}
.facts dt{color:var(--muted);font-size:.84rem}
.facts dd{margin:0;font-size:1.35rem;font-weight:620;font-variant-numeric:tabular-nums}
.facts .e2ee{border-color:var(--e2ee)}.facts .esc{border-color:var(--esc);border-left-style:double;border-left-width:5px}
.facts dd span{display:block;overflow-wrap:anywhere;font-size:.84rem;font-weight:400;color:var(--muted);line-height:1.35}
.people{display:grid;grid-template-columns:repeat(auto-fit,minmax(15rem,1fr));gap:.8rem}
.person{border:1px solid var(--line);border-radius:10px;padding:.8rem 1rem}
.person b{font-size:1.02rem;overflow-wrap:anywhere}.person p{margin:.15rem 0}
.fp{font-family:var(--mono);font-size:.84rem;letter-spacing:.02em;color:var(--muted)}
.tag{display:inline-block;padding:.06rem .5rem;border-radius:6px;font-size:.84rem;font-weight:600;
white-space:nowrap;border:1px solid}
.tag.e2ee{color:var(--e2ee);background:var(--e2ee-soft);border-color:transparent}
.tag.esc{color:var(--esc);background:var(--esc-soft);border-color:var(--esc);border-style:dashed}
.tag.bad{color:var(--bad);background:var(--bad-soft);border-color:transparent}
.tag.warn{color:var(--warn);background:var(--warn-soft);border-color:transparent}
.yes{color:var(--ok)}.no{color:var(--warn)}
.source{margin:0 0 1.6rem}.source h4{font-size:.95rem;margin-bottom:.25rem}
.line{display:block;width:100%;height:70px;margin:.3rem 0 .2rem;overflow:visible}
.line text{font:11px system-ui,-apple-system,"Segoe UI",Roboto,Arial,sans-serif;fill:var(--muted)}
.line .on{font-weight:600}.line .on.e2ee{fill:var(--e2ee)}.line .on.esc{fill:var(--esc)}
.line .x{fill:var(--bad);font-weight:800;font-size:18px;paint-order:stroke;stroke:var(--card);stroke-width:5px;stroke-linejoin:round}
.band.e2ee{fill:var(--e2ee-soft);stroke:var(--e2ee)}.band.esc{fill:url(#hatch);stroke:var(--esc)}
.tick.e2ee{fill:var(--e2ee)}.tick.esc{fill:var(--esc)}
.gap{fill:var(--card);stroke:var(--muted);stroke-dasharray:3 3}
.axis{stroke:var(--line)}.mark{stroke:var(--muted)}
#hatch rect{fill:var(--esc-soft)}#hatch path{stroke:var(--esc);stroke-width:1.4;opacity:.5}
.key{display:flex;flex-wrap:wrap;gap:.3rem 1.1rem;font-size:.84rem;color:var(--muted);margin:0 0 1rem}
.key span{display:inline-flex;align-items:center;gap:.4rem}.key svg{flex:none}
details,.stretch{border-top:1px solid var(--line);padding:.55rem 0}
summary{cursor:pointer}summary:focus-visible{outline:2px solid var(--e2ee);outline-offset:3px;border-radius:4px}
.sum{display:inline-flex;flex-wrap:wrap;gap:.2rem .7rem;align-items:baseline;width:calc(100% - 1.4rem);vertical-align:top}
.sum .when{margin-left:auto;color:var(--muted);font-size:.875rem;font-variant-numeric:tabular-nums}
.who{margin:.35rem 0 .1rem 1.1rem;font-size:.9rem;color:var(--muted)}
table{border-collapse:collapse;width:100%;font-size:.875rem;font-variant-numeric:tabular-nums}
th{text-align:left;font-weight:600;color:var(--muted);font-size:.8rem}
th,td{padding:.28rem .7rem .28rem 0;vertical-align:top;border-bottom:1px solid var(--line)}
tr:last-child td{border-bottom:0}td:last-child,th:last-child{padding-right:0}
.num{text-align:right}.rows{margin-top:.5rem}
.rows td:nth-child(2){white-space:nowrap}
.flaw{color:var(--bad);font-weight:600}
.finding{padding:.6rem 0;border-top:1px solid var(--line);overflow-wrap:anywhere}
.finding:first-of-type{border-top:0}.finding p{margin:.15rem 0 0}
pre{background:var(--bg);border:1px solid var(--line);border-radius:8px;padding:.7rem .8rem;margin:.5rem 0;
white-space:pre-wrap;overflow-wrap:anywhere;font-size:.75rem;line-height:1.5}
.limits{border-top:2px solid var(--ink);margin-top:2.5rem;padding-top:1rem}
.limits h2{font-size:1.1rem}.limits ul{margin:.5rem 0;padding-left:1.2rem}
.overview{overflow-x:auto;margin-bottom:1.75rem}.overview td:first-child{overflow-wrap:anywhere;min-width:9rem}
@media (max-width:36rem){
main{padding:1.25rem .8rem 2rem}.vault{padding:1.1rem .9rem;border-radius:10px}
h1{font-size:1.45rem}.facts{grid-template-columns:1fr 1fr;gap:.9rem .6rem}
.sum .when{margin-left:0;width:100%}
.rows thead{display:none}.rows,.rows tbody{display:block}
.rows tr{display:grid;grid-template-columns:auto 1fr auto;gap:0 .8rem;padding:.4rem 0;border-bottom:1px solid var(--line)}
.rows td{border:0;padding:0}.rows td:nth-child(2){grid-column:2/4;text-align:right}
.rows td:nth-child(5){text-align:right}.rows td:nth-child(6){grid-column:1/4}.rows td:empty{display:none}
.overview thead{display:none}.overview table,.overview tbody{display:block}
.overview tr{display:flex;flex-wrap:wrap;gap:0 .9rem;padding:.45rem 0;border-bottom:1px solid var(--line)}
.overview td{border:0;padding:0}.overview td:first-child,.overview td:last-child{width:100%}
.overview .num::after{content:" " attr(data-of);color:var(--muted)}}
@media print{
:root{color-scheme:light;--bg:#fff;--card:#fff;--ink:#000;--muted:#444;--line:#bbb;
--e2ee:#1f5f9e;--e2ee-soft:#d9e7f5;--esc:#9a5200;--esc-soft:#f8e3c8;--bad:#a8231b;--bad-soft:#fae1de;
--warn:#7a5a00;--warn-soft:#f7eccb;--ok:#1c6b41;--ok-soft:#dcf0e4}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}
body{font-size:10.5pt}.facts{grid-template-columns:repeat(5,1fr);gap:.6rem}summary{list-style:none}main{max-width:none;padding:0}
.vault{border:0;border-top:2px solid #000;border-radius:0;padding:.8rem 0;margin:0 0 1rem}
.person,.finding,.source .line,tr,.facts,.limits,.who,.sum,.key{break-inside:avoid}h2,h3,h4,summary,.key,.sum,.who,thead{break-after:avoid}.sum{display:flex}
a{color:inherit;text-decoration:none}.screen{display:none}}
@page{margin:16mm}
)css";

}  // namespace

std::string audit_page_head(std::string_view title) {
  // The policy lets nothing run and nothing be fetched, should an escape ever be missed.
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
      "'unsafe-inline'\">\n<meta name=\"generator\" content=\"valise\">\n"
      "<title>{}</title>\n<style>{}</style>\n</head>\n<body>\n"
      "<svg width=\"0\" height=\"0\" style=\"position:absolute\" aria-hidden=\"true\"><defs>"
      "<pattern id=\"hatch\" width=\"7\" height=\"7\" patternUnits=\"userSpaceOnUse\" "
      "patternTransform=\"rotate(45)\"><rect width=\"7\" height=\"7\"/><path d=\"M0 0V7\"/>"
      "</pattern></defs></svg>\n<main>\n",
      html_text(title), kStyle);
}

}  // namespace valise::cli
