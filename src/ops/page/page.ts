import { STATUS_SCRIPT } from "./script.ts";
import { STATUS_STYLE } from "./style.ts";

/** Renders the page without data. The script fetches the data and shows it as text only. */
export function statusPage(nonce: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Rosey</title>
<link rel="icon" href="data:,">
<style nonce="${nonce}">${STATUS_STYLE}</style>
</head>
<body>
<header>
  <div><h1>Rosey</h1><p id="where">waiting for news</p></div>
  <p id="live" class="pill" role="status" data-state="wait">connecting</p>
</header>
<main>
  <section class="tiles" aria-label="At a glance">
    ${tile("joined", "Channel", `<p id="playing"></p>`)}
    ${tile("model", "Model")}
    ${tile("answers", "Answers")}
    ${tile("errors", "Errors in the last hour")}
  </section>
  <section aria-labelledby="hour">
    <h2 id="hour">The last hour</h2>
    <div class="charts">
${chart("answers", "Answers", "none")}
${chart("errors", "Errors", "none")}
${chart("latency", "Latency of the first server", "not measured yet")}
    </div>
  </section>
${table("servers", "Model servers", "Server, Model, State, Latency, Mean answer, Memory, Window")}
${table("decisions", "Last decisions", "Time, Who called, Where, Question, What came of it, More")}
</main>
<footer>
  <p id="build"></p>
  <nav aria-label="For programs"><a href="/metrics">metrics</a> <a href="/status.json">status.json</a> <a href="/readyz">readyz</a> <a href="/healthz">healthz</a></nav>
</footer>
<noscript><p>This page needs JavaScript; /status.json and /metrics do not.</p></noscript>
<script nonce="${nonce}">${STATUS_SCRIPT}</script>
</body>
</html>
`;
}

function tile(id: string, title: string, more = ""): string {
  return `<div class="tile"><h2>${title}</h2><p class="big" id="${id}">–</p><p id="${id}-note"></p>${more}</div>`;
}

function chart(id: string, title: string, empty: string): string {
  return `      <figure>
        <figcaption>${title} <span id="sum-${id}"></span></figcaption>
        <div class="plot"><span class="top" id="top-${id}"></span><svg id="chart-${id}" role="img" viewBox="0 0 120 60" preserveAspectRatio="none"><path/></svg><span class="nothing" id="none-${id}" hidden>${empty}</span></div>
        <p class="axis" aria-hidden="true"><span>1 h ago</span><span>now</span></p>
      </figure>`;
}

const NUMBERS = ["Latency", "Mean answer", "Window"];

function table(id: string, title: string, columns: string): string {
  const heads = columns.split(", ").map((column) =>
    `<th scope="col"${NUMBERS.includes(column) ? ' class="number"' : ""}>${column}</th>`
  ).join("");
  return `  <section aria-labelledby="${id}-title">
    <h2 id="${id}-title">${title}</h2>
    <div class="scroll" tabindex="0" role="region" aria-labelledby="${id}-title"><table>
      <thead><tr>${heads}</tr></thead>
      <tbody id="${id}"></tbody>
    </table></div>
  </section>`;
}
