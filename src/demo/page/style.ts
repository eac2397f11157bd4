/** The style sheet of the demo page. */
export const PAGE_STYLE: string = String.raw`
:root {
  --ground: #f4f1f3; --sheet: #fff; --ink: #241c22; --soft: #6d6069; --line: #e5dde2;
  --rose: #b8235a; --rose-ink: #fff; --tint: #fbeaf1; --good: #1d7a4c; --bad: #b3261e;
  --name: 31%; --border: 1px solid var(--line);
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #161216; --sheet: #201a1f; --ink: #f1e9ee; --soft: #ab9ba5; --line: #382e36;
    --rose: #f3719f; --rose-ink: #2a0714; --tint: #35202a; --good: #6fd3a0; --bad: #ff9b91;
    --name: 74%;
  }
}
* { box-sizing: border-box; margin: 0; }
[hidden] { display: none !important; }
body {
  display: flex; height: 100dvh; flex-direction: column; gap: 12px; max-width: 1080px; margin: 0 auto;
  padding: 16px; background: var(--ground); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
}
a { color: var(--rose); }
h1 { font-size: 20px; line-height: 1.25; letter-spacing: -0.01em; }
h2 { font-size: 13px; font-weight: 600; color: var(--soft); }
header { display: flex; flex: none; align-items: center; gap: 12px; }
.mark {
  flex: none; width: 40px; height: 40px; border-radius: 50% 50% 50% 12px;
  background: radial-gradient(circle at 50% 50%, var(--rose-ink) 0 3px, transparent 4px),
    conic-gradient(from 20deg, var(--rose), #7a1f5c, var(--rose), #e0658f, var(--rose));
}
.heading { flex: 1; min-width: 0; }
.heading p, label { color: var(--soft); font-size: 14px; }
#state {
  display: flex; align-items: center; gap: 7px; padding: 3px 11px; border: var(--border);
  border-radius: 99px; background: var(--sheet); color: var(--soft); font-size: 13px;
  white-space: nowrap;
}
#state::before { content: ""; width: 8px; height: 8px; border-radius: 50%; background: #d59b1c; }
#state[data-state="on"]::before { background: var(--good); }
#state[data-state="off"]::before { background: var(--bad); }
#media, .chat, aside { border: var(--border); border-radius: 12px; background: var(--sheet); }
#media {
  flex: none; padding: 9px 16px; font-size: 14px; overflow: hidden; text-overflow: ellipsis;
  white-space: nowrap;
}
#media span { margin-right: 8px; }
#media span, #users small, #log time { color: var(--soft); }
#playing { font-weight: 600; }
main { display: flex; flex: 1; gap: 12px; min-height: 0; }
.chat { display: flex; flex: 1; flex-direction: column; min-width: 0; min-height: 0; }
aside { width: 220px; padding: 14px 16px; overflow-y: auto; }
#count { margin-left: 4px; padding: 0 7px; border-radius: 99px; background: var(--ground); }
#users { margin-top: 8px; padding: 0; list-style: none; }
#users li { display: flex; align-items: center; gap: 8px; padding: 4px 0; overflow-wrap: anywhere; }
#users li.away { opacity: 0.55; }
#log {
  flex: 1; padding: 14px 16px; overflow-y: auto; overscroll-behavior: contain; list-style: none;
}
#log:empty::before { content: "Nobody has said anything yet."; color: var(--soft); }
#log li { position: relative; padding: 1px 8px 1px 46px; overflow-wrap: anywhere; }
#log li.first:not(:first-child) { margin-top: 12px; }
#log li.mention { border-radius: 8px; background: var(--tint); }
#log li.action .text { font-style: italic; }
#log li.greentext .text { color: var(--good); }
#log li.system { padding-left: 8px; color: var(--soft); font-size: 14px; text-align: center; }
#log time { font-size: 12px; }
#log code {
  padding: 1px 5px; border-radius: 5px; background: var(--ground);
  font: 0.9em ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace;
}
.face {
  display: grid; flex: none; width: 24px; height: 24px; place-items: center; border-radius: 50%;
  background: hsl(var(--hue) 48% 36%); color: #fff; font-size: 12px; font-weight: 700;
}
#log .face { position: absolute; top: 4px; left: 4px; width: 32px; height: 32px; font-size: 15px; }
.who { margin-right: 8px; font-weight: 650; color: hsl(var(--hue) 62% var(--name)); }
.float { position: relative; }
#newer {
  position: absolute; bottom: 8px; left: 50%; padding: 5px 14px; border-radius: 99px;
  transform: translateX(-50%); font-size: 13px; box-shadow: 0 2px 10px rgb(0 0 0 / 25%);
}
#notice {
  margin: 0 16px 10px; padding: 8px 12px; border-radius: 8px; background: var(--tint); font-size: 14px;
}
form {
  display: flex; flex-wrap: wrap; align-items: center; gap: 8px 10px; padding: 12px 16px;
  border-top: var(--border);
}
#saying label { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
input {
  flex: 1; min-width: 0; padding: 9px 13px; border: var(--border); border-radius: 10px;
  background: var(--ground); color: inherit; font: inherit;
}
#naming input { max-width: 260px; }
input::placeholder { color: var(--soft); opacity: 1; }
button {
  padding: 9px 18px; border: 0; border-radius: 10px; background: var(--rose);
  color: var(--rose-ink); font: inherit; font-weight: 600; cursor: pointer;
}
.chips { display: flex; flex-basis: 100%; flex-wrap: wrap; gap: 6px; }
.chips button {
  padding: 3px 12px; border: var(--border); border-radius: 99px; background: none;
  color: var(--soft); font-size: 13px; font-weight: 500;
}
button:hover { filter: brightness(1.08); }
.chips button:hover { border-color: var(--rose); color: var(--rose); }
:focus-visible { outline: 2px solid var(--rose); outline-offset: 2px; }
#log:focus-visible { outline-offset: -2px; }
@media (max-width: 680px) {
  body, main { gap: 8px; }
  body, #log, form { padding: 10px; }
  main { flex-direction: column-reverse; }
  aside, #users { display: flex; gap: 14px; margin: 0; }
  aside { flex: none; width: auto; overflow: hidden; align-items: center; padding: 7px 14px; }
  h2, #users li { flex: none; }
  #users { overflow-x: auto; scrollbar-width: none; }
  #naming input { max-width: none; }
  #naming label { flex-basis: 100%; }
}
`;
