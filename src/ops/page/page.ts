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
  <div class="mark" aria-hidden="true"></div>
  <div class="heading"><h1>Rosey</h1><p id="where">waiting for news</p></div>
  <p id="live" class="pill" role="status" data-state="wait">connecting</p>
</header>
<main>
  <section class="tiles" aria-label="At a glance">
    <div class="tile"><h2>Channel</h2><p class="big" id="joined">–</p><p id="joined-note"></p><p id="playing"></p></div>
    <div class="tile"><h2>Model</h2><p class="big" id="model">–</p><p id="model-note"></p></div>
    <div class="tile"><h2>Answers</h2><p class="big" id="answers">–</p><p id="answers-note"></p></div>
    <div class="tile"><h2>Errors in the last hour</h2><p class="big" id="errors">–</p><p id="errors-note"></p></div>
  </section>
  <section aria-labelledby="hour">
    <h2 id="hour">The last hour</h2>
    <div class="charts">
${chart("answers", "Answers")}
${chart("errors", "Errors")}
${chart("latency", "Latency of the first server")}
    </div>
  </section>
  <section aria-labelledby="servers-title">
    <h2 id="servers-title">Model servers</h2>
    <div class="scroll" tabindex="0" role="region" aria-labelledby="servers-title"><table>
      <thead><tr><th scope="col">Server</th><th scope="col">Model</th><th scope="col">State</th><th scope="col" class="number">Latency</th><th scope="col" class="number">Mean answer</th><th scope="col">Memory</th><th scope="col" class="number">Window</th></tr></thead>
      <tbody id="servers"></tbody>
    </table></div>
  </section>
  <section aria-labelledby="decisions-title">
    <h2 id="decisions-title">Last decisions</h2>
    <div class="scroll" tabindex="0" role="region" aria-labelledby="decisions-title"><table>
      <thead><tr><th scope="col">Time</th><th scope="col">Who called</th><th scope="col">Where</th><th scope="col">Question</th><th scope="col">What came of it</th><th scope="col">More</th></tr></thead>
      <tbody id="decisions"></tbody>
    </table></div>
  </section>
</main>
<footer>
  <p id="build"></p>
  <nav aria-label="For programs"><a href="/metrics">metrics</a> <a href="/status.json">status.json</a> <a href="/readyz">readyz</a> <a href="/healthz">healthz</a></nav>
</footer>
<noscript><p class="noscript">This page needs JavaScript; /status.json and /metrics do not.</p></noscript>
<script nonce="${nonce}">${STATUS_SCRIPT}</script>
</body>
</html>
`;
}

function chart(name: string, title: string): string {
  return `      <figure>
        <figcaption>${title} <span id="sum-${name}"></span></figcaption>
        <div class="plot"><svg id="chart-${name}" role="img"></svg><span class="top" id="top-${name}"></span><span class="nothing" id="none-${name}" hidden></span></div>
        <p class="axis" aria-hidden="true"><span>1 h ago</span><span>now</span></p>
      </figure>`;
}
