"""The frame and the looks of the report: one page that needs no script and no other file."""

from string import Template

# Nothing but the page's own style and images that stand in it is ever loaded.
PAGE = Template("""\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<meta name="color-scheme" content="light dark">
<title>GIL Lab: what threads do on this machine</title>
<style>$style</style>
</head>
<body>
<header>
<p class="eyebrow">GIL Lab <span>$when</span></p>
<p class="question">$question</p>
<h1>$headline</h1>
<p class="lede">$figures</p>
</header>
<main>
<div class="cards">$cards</div>
$sections
</main>
<footer>
<p>A speed-up is the serial time over the time with that many workers, round by round; the figures
are medians. Workers were started before the clock, results were compared with the serial ones. The
place names are from GeoNames (CC BY 4.0).</p>
</footer>
</body>
</html>
""")

STYLE = """
:root {
  --paper: #fbfaf6; --sheet: #fff; --ink: #20242a; --quiet: #5f646b; --rule: #dcd9d0;
  --serif: Charter, "Bitstream Charter", "Sitka Text", Cambria, Georgia, serif;
  --sans: system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
@media (prefers-color-scheme: dark) {
  :root { --paper: #17191c; --sheet: #202327; --ink: #e9e7e2; --quiet: #a9adb3; --rule: #3a3e44; }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 3.5rem 1.5rem 2rem; max-width: 54rem; background: var(--paper);
  color: var(--ink); font: 1.0625rem/1.55 var(--serif); overflow-wrap: break-word;
}
.eyebrow, .badge, h3, th, .bar, .quiet, footer, table {
  font-family: var(--sans);
}
.eyebrow {
  display: flex; justify-content: space-between; margin: 0 0 1.6rem; padding-bottom: .5rem;
  border-bottom: 3px solid var(--ink); font-weight: 700; font-size: .9rem;
}
.eyebrow span { font-weight: 400; color: var(--quiet); }
.question { margin: 0; font-style: italic; font-size: 1.2rem; color: var(--quiet); }
h1 {
  margin: .5rem 0 .8rem; font-size: clamp(1.8rem, 5vw, 2.7rem); line-height: 1.15;
  font-weight: 700; letter-spacing: -.01em; text-wrap: balance;
}
.lede { margin: 0 0 2rem; font-size: 1.2rem; max-width: 40rem; }
h2 { margin: 0 0 .6rem; font-size: 1.45rem; line-height: 1.25; }
section { margin-top: 2.6rem; padding-top: 1.3rem; border-top: 1px solid var(--rule); }
section p { margin: 0 0 .8rem; max-width: 40rem; }
.cards { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(17rem, 1fr)); }
.card {
  padding: 1.1rem 1.2rem; background: var(--sheet); border: 1px solid var(--rule);
  border-left: 7px solid; border-radius: 4px;
}
.card h3 { margin: 0; font-size: .95rem; font-weight: 600; color: var(--quiet); }
.leaf { margin: .1rem 0 .7rem; font-size: 1.5rem; line-height: 1.25; font-weight: 700; }
.why { margin: .7rem 0 0; font-size: .95rem; color: var(--quiet); line-height: 1.45; }
.bar { display: flex; align-items: center; gap: .5rem; font-size: .85rem; line-height: 1.8; }
.bar span { flex: 0 0 7.4rem; }
.bar i { height: .8rem; border-radius: 2px; min-width: 2px; }
.bar b { font-variant-numeric: tabular-nums; }
.badge {
  display: inline-block; padding: .05rem .5rem; border: 1px solid currentColor; color: var(--quiet);
  border-radius: 1rem; font-size: .75rem; font-weight: 500; vertical-align: .1em;
}
figure { margin: 1rem 0; padding: .8rem; background: #fff; border-radius: 4px; }
img { display: block; max-width: 100%; height: auto; margin: 0 auto; }
ul { margin: .6rem 0 0; padding-left: 1.2rem; max-width: 44rem; }
li { margin-bottom: .4rem; }
section .quiet { color: var(--quiet); font-size: .85rem; max-width: 44rem; margin: .7rem 0 0; }
table { width: 100%; border-collapse: collapse; font-size: .9rem; }
th { text-align: left; font-weight: 600; color: var(--quiet); }
td, th { padding: .4rem .9rem .4rem 0; border-bottom: 1px solid var(--rule);
  vertical-align: top; font-variant-numeric: tabular-nums; }
.facts th { width: 11rem; }
.date { white-space: nowrap; }
footer { margin-top: 2.6rem; padding-top: 1rem; border-top: 3px solid var(--ink);
  font-size: .82rem; color: var(--quiet); }
@media (max-width: 600px) {
  body { padding: 1.5rem 1rem; font-size: 1rem; }
  figure { padding: .3rem; }
  .facts th { width: 8rem; }
  td, th { padding-right: .5rem; }
}
@page { size: A4; margin: 16mm 15mm; }
@media print {
  :root { --paper: #fff; --sheet: #fff; --ink: #000; --quiet: #444; --rule: #bbb; }
  body { padding: 0; max-width: none; font-size: 10.5pt; print-color-adjust: exact;
    -webkit-print-color-adjust: exact; }
  h1 { font-size: 22pt; }
  .lede { font-size: 12pt; margin-bottom: 1rem; }
  section { margin-top: 1.4rem; padding-top: .8rem; }
  figure { padding: 0; }
  img { max-height: 9.6cm; width: auto; }
  .card, figure, tr, li { break-inside: avoid; }
  h2, h2 + p { break-after: avoid; }
}
"""
