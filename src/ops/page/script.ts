/** The browser script of the status page. */
export const STATUS_SCRIPT: string = String.raw`"use strict";
const $ = (id) => document.getElementById(id);
const SVG = "http://www.w3.org/2000/svg";
// Decisions that are not problems.
const WANTED = ["waiting", "merged", "cooldown", "paused", "ignored", "opted out", "forgotten",
  "private messages off", "asker left", "stopped", "nothing to tell"];
let retryMs = 1000;

function connect() {
  const source = new EventSource("/events");
  source.onopen = () => { retryMs = 1000; live("on", "live"); };
  source.onmessage = ({ data }) => show(JSON.parse(data));
  source.onerror = () => {
    source.close();
    live("off", "connection lost");
    setTimeout(connect, retryMs);
    retryMs = Math.min(retryMs * 2, 15000);
  };
}

function live(state, words) {
  document.body.dataset.stale = String(state === "off");
  $("live").dataset.state = state;
  text("live", words);
}

function text(id, words, kind) {
  const element = $(id);
  if (element.textContent !== words) element.textContent = words;
  if (kind !== undefined) element.className = kind ? "big " + kind : "big";
}

function show({ process, bot, series, stepMs }) {
  const { connection, restrictions, outbox, decisions, models } = bot;
  document.title = bot.user + " in " + bot.channel;
  text("where", bot.user + " in " + bot.channel + " on " + bot.domain);

  const joined = connection.state === "joined";
  const kind = { joined: restrictions.length ? "warn" : "good", connecting: "warn" }[connection.state];
  text("joined", connection.state, kind || "bad");
  text("joined-note", joined
    ? restrictions.map((restriction) => restriction + "; ").join("") + "for " + age(connection.stateForMs) + ", rank " + bot.rank + ", " + bot.people + " people"
    : (connection.reason || "on the way") +
      (connection.nextTryInMs === undefined ? "" : "; next try in " + age(connection.nextTryInMs)));

  text("playing", bot.media ? "plays " + bot.media : "");

  const best = models.find(({ state }) => state === "up") || models[0];
  const kinds = { up: "good", down: "bad" };
  text("model", best ? best.state : "off", best ? kinds[best.state] || "warn" : "none");
  text("model-note", !best ? "llm.enabled is false" : best.state === "down"
    ? best.reason + (best.nextProbeInMs === undefined ? "" : "; next look in " + age(best.nextProbeInMs))
    : best.modelName + " for " + age(best.stateForMs));

  text("answers", String(decisions.counts.answered || 0));
  const dropped = Object.values(outbox.dropped).reduce((sum, count) => sum + count, 0);
  // Late lines were counted as dropped before their echo came.
  text("answers-note", outbox.said + outbox.late + " lines said, " + (dropped - outbox.late) + " lost, " +
    bot.questionsWaiting + " waiting");

  const errors = models.reduce((sum, { errorsLastHour }) => sum + errorsLastHour, 0);
  text("errors", String(errors), errors > 0 ? "bad" : "");
  const kindsSeen = {};
  for (const { failures } of models) {
    for (const [kind, count] of Object.entries(failures)) kindsSeen[kind] = (kindsSeen[kind] || 0) + count;
  }
  const sinceStart = Object.entries(kindsSeen).map(([kind, count]) => kind + " " + count).join(", ");
  text("errors-note", "since the start: " + (sinceStart || "none"));

  bars("chart-answers", series.answers, "answers", stepMs);
  bars("chart-errors", series.errors, "errors", stepMs);
  curve("chart-latency", series.latency);
  rows("servers", models.map(server), 7, "The model is off.");
  rows("decisions", decisions.recent.map(decision), 6, "Nobody has called the bot yet.");
  text("build", "Rosey " + process.version + ", Deno " + process.deno + ", " + process.target + ", up " +
    age(Date.now() - process.startedAt) + ", " + megabytes(process.residentBytes));
}

function server(link) {
  const { count, sumSeconds } = link.durations;
  const { memoryBytes: size, vramBytes: vram, loaded, contextTokens } = link.model || {};
  const gpu = size && vram !== undefined ? ", " + Math.round(100 * vram / size) + " % on the GPU" : "";
  return [
    { words: link.host },
    { words: link.modelName, note: link.provider },
    { words: link.state, state: link.state, note: link.reason || "for " + age(link.stateForMs) },
    { words: link.latencyMs === undefined ? "–" : Math.round(link.latencyMs) + " ms", number: true },
    { words: count ? (sumSeconds / count).toFixed(1) + " s" : "–", number: true },
    { words: size ? megabytes(size) + gpu : loaded === false ? "not loaded" : "–" },
    { words: contextTokens ? String(contextTokens) : "–", number: true },
  ];
}

function decision({ at, user, private: isPrivate, words, outcome, detail }) {
  return [
    { words: new Date(at).toLocaleTimeString() },
    { words: user },
    { words: isPrivate ? "PM" : "room" },
    { words },
    { words: outcome, kind: outcome === "answered" ? "good" : WANTED.includes(outcome) ? "none" : "warn" },
    { words: detail },
  ];
}

function rows(id, all, columns, empty) {
  const body = $(id);
  const key = JSON.stringify(all);
  if (body.dataset.key === key) return;
  body.dataset.key = key;
  const heads = [...body.parentElement.tHead.rows[0].cells].map(({ textContent }) => textContent);
  body.replaceChildren(...(all.length ? all.map((cells) => row(cells, heads)) : [none(columns, empty)]));
}

function row(cells, heads) {
  const line = document.createElement("tr");
  for (const [at, { words, note, state, number, kind }] of cells.entries()) {
    const cell = line.appendChild(document.createElement("td"));
    // Column titles for narrow screens, which have no table head.
    cell.dataset.head = heads[at];
    const inner = state ? cell.appendChild(document.createElement("span")) : cell;
    inner.textContent = words;
    if (state) { inner.className = "state"; inner.dataset.state = state; }
    if (number) cell.className = "number";
    if (kind) cell.className = kind;
    if (note) cell.appendChild(document.createElement("small")).textContent = note;
  }
  return line;
}

function none(columns, words) {
  const line = document.createElement("tr");
  const cell = line.appendChild(document.createElement("td"));
  cell.colSpan = columns;
  cell.className = "none";
  cell.textContent = words;
  return line;
}

const SLOTS = 120, HEIGHT = 60;

function canvas(id, label) {
  const svg = $(id);
  svg.setAttribute("viewBox", "0 0 " + SLOTS + " " + HEIGHT);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-label", label);
  svg.replaceChildren();
  draw(svg, "line", { class: "base", x1: 0, x2: SLOTS, y1: HEIGHT, y2: HEIGHT });
  return svg;
}

function draw(svg, name, attributes) {
  const shape = svg.appendChild(document.createElementNS(SVG, name));
  for (const [key, value] of Object.entries(attributes)) shape.setAttribute(key, value);
}

// The maximum of the curve, or why there is no curve.
function scale(id, sum, top, empty) {
  text(id.replace("chart", "sum"), sum);
  text(id.replace("chart", "top"), top);
  text(id.replace("chart", "none"), empty);
  $(id.replace("chart", "none")).hidden = top !== "";
}

function bars(id, values, name, stepMs) {
  const sum = values.reduce((total, value) => total + value, 0);
  const top = Math.max(1, ...values);
  const svg = canvas(id, sum + " " + name + " in the last " + age(values.length * stepMs) +
    ", at most " + Math.max(0, ...values) + " in " + age(stepMs));
  scale(id, String(sum), sum ? top + " in " + age(stepMs) : "", "none");
  values.forEach((value, at) => {
    const height = (HEIGHT - 4) * value / top;
    const x = SLOTS - values.length + at + 0.1;
    if (value) draw(svg, "rect", { class: "bar", x, y: HEIGHT - height, width: 0.8, height });
  });
}

function curve(id, values) {
  const known = values.filter((value) => value !== null);
  const top = Math.max(1, ...known);
  const last = known.length ? Math.round(known[known.length - 1]) + " ms" : "not measured yet";
  const svg = canvas(id, "latency: " + last + ", at most " + Math.round(top) + " ms");
  scale(id, known.length ? last : "", known.length ? Math.round(top) + " ms" : "", "not measured yet");
  let path = "", pen = "M";
  values.forEach((value, at) => {
    if (value === null) { pen = "M"; return; }
    const x = SLOTS - values.length + at;
    const y = HEIGHT - (HEIGHT - 4) * value / top;
    // A single value becomes a short line.
    path += pen + x + " " + y.toFixed(1) + "L" + (x + 1) + " " + y.toFixed(1);
    pen = "L";
  });
  if (path) draw(svg, "path", { class: "curve", d: path });
}

function age(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 90) return seconds + " s";
  if (seconds < 5400) return Math.round(seconds / 60) + " min";
  if (seconds < 172800) return Math.round(seconds / 3600) + " h";
  return Math.round(seconds / 86400) + " days";
}

function megabytes(bytes) {
  return bytes < 1e9 ? Math.round(bytes / 1e6) + " MB" : (bytes / 1e9).toFixed(1) + " GB";
}

connect();
`;
