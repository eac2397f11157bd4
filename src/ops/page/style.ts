export const STATUS_STYLE: string = String.raw`
:root {
  --ground: #f4f1f3; --sheet: #fff; --ink: #241c22; --soft: #665a62; --line: #e5dde2;
  --rose: #b8235a; --good: #17683f; --warn: #8a5a00; --bad: #b3261e; --radius: 12px;
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
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
}
header { display: flex; align-items: center; gap: 12px; margin-bottom: 20px; }
.mark {
  flex: none; width: 40px; height: 40px; border-radius: 50% 50% 50% 12px;
  background: radial-gradient(circle at 50% 50%, #fff 0 3px, transparent 4px),
    conic-gradient(from 20deg, var(--rose), #7a1f5c, var(--rose), #e0658f, var(--rose));
}
.heading { flex: 1; min-width: 0; }
h1 { font-size: 20px; line-height: 1.25; letter-spacing: -0.01em; }
.heading p { color: var(--soft); font-size: 14px; overflow-wrap: anywhere; }
h2 { color: var(--soft); font-size: 13px; font-weight: 600; }
section { margin-bottom: 24px; }
section > h2 { margin-bottom: 8px; }
.pill {
  display: flex; flex: none; align-items: center; gap: 7px; padding: 3px 11px; border: 1px solid var(--line);
  border-radius: 99px; background: var(--sheet); color: var(--soft); font-size: 13px; white-space: nowrap;
}
.pill::before, .state::before {
  content: ""; flex: none; width: 8px; height: 8px; border-radius: 50%; background: var(--warn);
}
[data-state="on"]::before, [data-state="up"]::before { background: var(--good); }
[data-state="off"]::before, [data-state="down"]::before { background: var(--bad); }
.tiles { display: grid; grid-template-columns: repeat(4, 1fr); gap: 12px; }
.tile, figure, .scroll {
  border: 1px solid var(--line); border-radius: var(--radius); background: var(--sheet);
}
.tile { min-width: 0; padding: 14px 16px; }
.big { font-size: 26px; font-weight: 650; line-height: 1.3; letter-spacing: -0.02em; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.tile .big ~ p { color: var(--soft); font-size: 14px; overflow-wrap: anywhere; }
.good { color: var(--good); } .warn { color: var(--warn); } .bad { color: var(--bad); }
.charts { display: grid; grid-template-columns: repeat(3, 1fr); gap: 12px; }
figure { padding: 12px 16px; min-width: 0; }
figcaption { display: flex; justify-content: space-between; gap: 8px; color: var(--soft); font-size: 13px; }
figcaption span { color: var(--ink); font-weight: 600; font-variant-numeric: tabular-nums; white-space: nowrap; }
.plot { position: relative; margin-top: 6px; padding-top: 16px; }
svg { display: block; width: 100%; height: 64px; overflow: visible; border-bottom: 1px solid var(--line); }
.top, .nothing, .axis { color: var(--soft); font-size: 12px; line-height: 1; font-variant-numeric: tabular-nums; }
.top { position: absolute; top: 0; left: 0; }
.nothing { position: absolute; inset: 0; display: grid; place-items: center; }
.nothing[hidden] { display: none; }
.axis { display: flex; justify-content: space-between; margin-top: 6px; }
path { fill: var(--rose); } #chart-errors path { fill: var(--bad); }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: 14px; }
th, td { padding: 8px 16px; text-align: left; vertical-align: top; }
th { color: var(--soft); font-weight: 600; white-space: nowrap; }
tbody tr { border-top: 1px solid var(--line); }
td { overflow-wrap: break-word; }
td:first-child, .number { font-variant-numeric: tabular-nums; white-space: nowrap; }
th.number, td.number { text-align: right; }
.state { display: inline-flex; align-items: center; gap: 7px; white-space: nowrap; }
td small { display: block; color: var(--soft); }
.none { color: var(--soft); }
footer { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 4px 24px; color: var(--soft); font-size: 13px; }
footer a { margin-right: 12px; color: inherit; }
footer a:last-child { margin-right: 0; }
#playing { display: -webkit-box; overflow: hidden; -webkit-box-orient: vertical; -webkit-line-clamp: 2; }
/* What is shown is old. */
body[data-stale="true"] main { filter: grayscale(1); opacity: 0.8; }
body[data-stale="true"] .pill { border-color: var(--bad); color: var(--bad); }
:focus-visible { outline: 2px solid var(--rose); outline-offset: 2px; }
.noscript { position: fixed; inset: auto 0 0; padding: 16px; background: var(--bad); color: var(--ground); }
@media (max-width: 760px) {
  td { overflow-wrap: anywhere; }
  .tiles { grid-template-columns: repeat(2, 1fr); }
  .charts { grid-template-columns: 1fr; }
  .big { font-size: 21px; }
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
@media (max-width: 360px) { .tiles { grid-template-columns: 1fr; } }
`;
