export const STATUS_STYLE: string = String.raw`
:root {
  --ground: #f4f1f3; --sheet: #fff; --ink: #241c22; --soft: #665a62; --line: #e5dde2;
  --rose: #b8235a; --good: #17683f; --warn: #8a5a00; --bad: #b3261e;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #161216; --sheet: #201a1f; --ink: #f1e9ee; --soft: #b3a4ae; --line: #382e36;
    --rose: #f3719f; --good: #6fd3a0; --warn: #efc16a; --bad: #ff9b91;
  }
}
* { box-sizing: border-box; margin: 0; }
body {
  max-width: 1080px; margin: 0 auto; padding: 20px 16px; background: var(--ground); color: var(--ink);
  font: 14px/1.5 system-ui, sans-serif; font-variant-numeric: tabular-nums; overflow-wrap: anywhere;
}
header, footer { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 4px 24px; }
header { margin-bottom: 20px; }
h1 { font-size: 20px; line-height: 1.25; }
h2, figcaption, footer { color: var(--soft); font-size: 13px; }
section { margin-bottom: 24px; }
section > h2 { margin-bottom: 8px; }
.tile, figure, .scroll, .pill { border: 1px solid var(--line); border-radius: 12px; background: var(--sheet); }
.pill { align-self: center; padding: 3px 11px; }
.pill::before, .state::before {
  content: ""; display: inline-block; width: 8px; height: 8px; margin-right: 7px; border-radius: 50%;
  background: var(--warn);
}
[data-state="on"]::before, [data-state="up"]::before { background: var(--good); }
[data-state="off"]::before, [data-state="down"]::before { background: var(--bad); }
.tiles, .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(220px, 1fr)); gap: 12px; }
.charts { grid-template-columns: repeat(auto-fit, minmax(260px, 1fr)); }
.tile, figure { min-width: 0; padding: 12px 16px; }
.big { font-size: 26px; line-height: 1.3; }
p, small, .axis, .top, .nothing { color: var(--soft); }
.big, figcaption span { color: var(--ink); font-weight: 600; }
.good { color: var(--good); } .warn { color: var(--warn); } .bad { color: var(--bad); } .none { color: var(--soft); }
figcaption, .axis { display: flex; justify-content: space-between; gap: 8px; }
.plot { position: relative; margin: 6px 0; font-size: 12px; }
.top { display: block; height: 1.5em; }
svg { display: block; width: 100%; height: 64px; border-bottom: 1px solid var(--line); }
.nothing { position: absolute; inset: 0; display: grid; place-items: center; }
.nothing[hidden] { display: none; }
path { fill: var(--rose); } #chart-errors path { fill: var(--bad); }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; overflow-wrap: break-word; }
th, td { padding: 8px 16px; text-align: left; vertical-align: top; }
th { color: var(--soft); white-space: nowrap; }
tbody tr { border-top: 1px solid var(--line); }
td:first-child, .number, .state { white-space: nowrap; }
th.number, td.number { text-align: right; }
td small { display: block; white-space: normal; }
a { color: inherit; }
#playing { display: -webkit-box; overflow: hidden; -webkit-box-orient: vertical; -webkit-line-clamp: 2; }
/* What is shown is old. */
body[data-stale="true"] main { filter: grayscale(1); opacity: 0.8; }
body[data-stale="true"] .pill { border-color: var(--bad); color: var(--bad); }
:focus-visible { outline: 2px solid var(--rose); outline-offset: 2px; }
@media (max-width: 760px) {
  table { overflow-wrap: anywhere; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  tbody tr { display: block; padding: 10px 16px; }
  tbody tr:first-child { border-top: 0; }
  td { display: grid; grid-template-columns: 8.5em 1fr; gap: 0 12px; padding: 2px 0; }
  td::before { content: attr(data-head); grid-row: 1 / span 2; color: var(--soft); }
  td small { grid-column: 2; }
  td:empty { display: none; }
  td[colspan] { display: block; }
  td:first-child { white-space: normal; }
  th.number, td.number { text-align: left; }
}
`;
