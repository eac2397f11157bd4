/** The browser script of the status page. */
export const STATUS_SCRIPT: string = String.raw`"use strict";
const $ = (id) => document.getElementById(id);
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

function text(id, words) {
  // A screen reader says again what is set again.
  if ($(id).textContent !== words) $(id).textContent = words;
}

function tile(id, words, kind, note) {
  text(id, words);
  $(id).className = ("big " + kind).trim();
  text(id + "-note", note);
}

const plural = (count, one, many) => count + " " + (count === 1 ? one : many);
const total = (counts) => Object.values(counts).reduce((sum, count) => sum + count, 0);

function show({ process, bot, series, stepMs }) {
  const { connection, restrictions, outbox, decisions, models } = bot;
  document.title = bot.user + " in " + bot.channel;
  text("where", bot.user + " in " + bot.channel + " on " + bot.domain);
  const joined = connection.state === "joined";
  const kinds = { joined: restrictions.length ? "warn" : "good", connecting: "warn" };
  tile("joined", connection.state, kinds[connection.state] || "bad", joined
    ? restrictions.map((restriction) => restriction + "; ").join("") + "for " +
      age(connection.stateForMs) + ", rank " + bot.rank + ", " + plural(bot.people, "person", "people")
    : (connection.reason || "on the way") + next("; next try in ", connection.nextTryInMs));
  text("playing", bot.media ? "plays " + bot.media : "");

  const best = models.find(({ state }) => state === "up") || models[0];
  if (!best) tile("model", "off", "none", "llm.enabled is false");
  else tile("model", best.state, { up: "good", down: "bad" }[best.state] || "warn",
    best.state === "down" ? best.reason + next("; next probe in ", best.nextProbeInMs)
    : best.modelName + " for " + age(best.stateForMs));

  // Late lines were counted as dropped before their echo came.
  tile("answers", String(decisions.counts.answered || 0), "", plural(outbox.said + outbox.late, "line", "lines") +
    " said, " + (total(outbox.dropped) - outbox.late) + " lost, " + bot.questionsWaiting + " waiting");

  const errors = total(models.map(({ errorsLastHour }) => errorsLastHour));
  const failures = {};
  for (const [kind, count] of models.flatMap((server) => Object.entries(server.failures))) {
    failures[kind] = (failures[kind] || 0) + count;
  }
  const list = Object.entries(failures).map(([kind, count]) => kind + " " + count).join(", ");
  tile("errors", String(errors), errors > 0 ? "bad" : "", "since the start: " + (list || "none"));

  for (const id of ["answers", "errors"]) {
    const sum = String(total(series[id]));
    const label = plural(sum, id.slice(0, -1), id) + " in the last " + age(series[id].length * stepMs);
    chart(id, series[id], { sum, unit: " in " + age(stepMs), label });
  }
  const latency = series.latency.findLast((value) => value !== null);
  const sum = latency === undefined ? "" : Math.round(latency) + " ms";
  chart("latency", series.latency, { sum, unit: " ms", label: "latency: " + (sum || "not measured yet") });
  rows("servers", models.map(server), "The model is off.");
  rows("decisions", decisions.recent.map(decision), "Nobody has called the bot yet.");
  text("build", "Rosey " + process.version + ", Deno " + process.deno + ", " + process.target + ", up " +
    age(Date.now() - process.startedAt) + ", " + megabytes(process.residentBytes));
}

function server(report) {
  const { count, sumSeconds } = report.durations;
  const { tokensPerSecond: speed, loadSeconds: load } = report.speed || {};
  const speeds = [speed && speed.toFixed(1) + " tokens/s", load >= 0.1 && "load " + load.toFixed(1) + " s"]
    .filter(Boolean).join(", ");
  const { memoryBytes: size, vramBytes: vram, loaded, contextTokens } = report.model || {};
  const gpu = size && vram !== undefined ? ", " + Math.round(100 * vram / size) + " % on the GPU" : "";
  return [
    { words: report.host },
    { words: report.modelName, note: report.provider },
    { words: report.state, state: report.state, note: report.reason || "for " + age(report.stateForMs) },
    { words: report.latencyMs === undefined ? "–" : Math.round(report.latencyMs) + " ms", kind: "number" },
    { words: count ? (sumSeconds / count).toFixed(1) + " s" : "–", kind: "number",
      note: speeds && "last: " + speeds },
    { words: size ? megabytes(size) + gpu : loaded === false ? "not loaded" : "–" },
    { words: String(contextTokens || "–"), kind: "number" },
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

function rows(id, all, empty) {
  const body = $(id);
  const key = JSON.stringify(all);
  if (body.dataset.key === key) return;
  body.dataset.key = key;
  const heads = [...body.parentElement.tHead.rows[0].cells].map(({ textContent }) => textContent);
  const none = { words: empty, kind: "none", columns: heads.length };
  body.replaceChildren(...(all.length ? all : [[none]]).map((cells) => row(cells, heads)));
}

function row(cells, heads) {
  const line = document.createElement("tr");
  for (const [at, { words, note, state, kind = "", columns = 1 }] of cells.entries()) {
    const cell = line.appendChild(document.createElement("td"));
    cell.className = kind;
    // Narrow screens have no table head.
    if (columns > 1) cell.colSpan = columns;
    else cell.dataset.head = heads[at];
    const inner = state ? cell.appendChild(document.createElement("span")) : cell;
    inner.textContent = words;
    if (state) { inner.className = "state"; inner.dataset.state = state; }
    if (note) cell.appendChild(document.createElement("small")).textContent = note;
  }
  return line;
}

// One bar for each value; null and 0 have none.
function chart(id, values, { sum, unit, label }) {
  const top = Math.max(...values);
  const most = Math.round(top) + unit;
  const path = values.map((value, at) =>
    value ? "M" + (121 - values.length + at) + " 60v-" + 56 * value / top + "h-0.8V60" : "");
  text("sum-" + id, sum);
  text("top-" + id, top ? most : "");
  $("none-" + id).hidden = top > 0;
  $("chart-" + id).setAttribute("aria-label", label + ", at most " + most);
  $("chart-" + id).firstChild.setAttribute("d", path.join(""));
}

const next = (words, ms) => ms === undefined ? "" : words + age(ms);

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
