import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { StatusServer } from "../../src/ops/status_server.ts";
import { Browser } from "../fakes/browser.ts";
import { BUILD, reportOf } from "../fakes/report.ts";
import { test } from "../testing.ts";

/** The folder of the screenshots. */
const PICTURES = Deno.env.get("ROSEY_PICTURES");

async function picture(browser: Browser, name: string): Promise<Uint8Array> {
  const png = await browser.screenshot();
  if (PICTURES) Deno.writeFileSync(`${PICTURES}/status-${name}.png`, png);
  return png;
}

test("the page shows the bot, live, in light and dark, on a desk and on a phone", async () => {
  let report = reportOf();
  await using server = new StatusServer({ port: 0, report: () => report, build: BUILD });
  await using browser = await Browser.start();
  await browser.look("light");
  await browser.open(server.url);
  await browser.until("document.querySelectorAll('#decisions tr').length === 4");
  assertEquals(await browser.value("document.getElementById('live').textContent"), "live");
  const light = await picture(browser, "light");
  await browser.look("dark");
  assertNotEquals(await picture(browser, "dark"), light);
  const background = "getComputedStyle(document.body).backgroundColor";
  assertEquals(await browser.value(background), "rgb(22, 18, 22)");

  // Without a reload.
  const { connection, decisions } = report;
  const stateForMs = 1000;
  report = reportOf({
    connection: {
      ...connection,
      state: "waiting",
      reason: "Kicked",
      stateForMs,
      nextTryInMs: 5000,
    },
    decisions: { ...decisions, counts: { answered: 39 } },
  });
  await browser.until("document.getElementById('joined').textContent === 'waiting'");
  await browser.until("document.getElementById('answers').textContent === '39'");
  // The chart's last step grows with it.
  await browser.until("document.getElementById('sum-answers').textContent === '39'");
  const note = await browser.value("document.getElementById('joined-note').textContent");
  assertMatch(String(note), /^Kicked; next try in \d+ s$/);

  await browser.look("light", 320, 800);
  await picture(browser, "phone");
  const overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth";
  assertEquals(await browser.value(overflow), 0);
  const cell = "document.querySelector('#servers tr td:nth-child(4)')";
  assertEquals(await browser.value(`getComputedStyle(${cell}, '::before').content`), '"Latency"');
  const inside = `${cell}.getBoundingClientRect().right <= document.documentElement.clientWidth`;
  assertEquals(await browser.value(inside), true);
  const answer = await browser.value(
    "document.querySelector('#servers tr td:nth-child(5)').textContent",
  );
  assertMatch(String(answer), /^\d+\.\d slast: 35\.2 tokens\/s, load 4\.1 s$/);
  assertEquals(browser.complaints, []);
}, { needs: "chromium" });

test("the page shows hostile names as text, and connects to its own server only", async () => {
  const report = reportOf();
  await using server = new StatusServer({ port: 0, report: () => report, build: BUILD });
  await using browser = await Browser.start();
  await browser.open(server.url);
  await browser.until("document.querySelectorAll('#decisions tr').length === 4");
  const [, hostile] = report.decisions.recent;
  const cell = "document.querySelector('#decisions tr:nth-child(2) td:nth-child(2)')";
  assertEquals(await browser.value(`${cell}.textContent`), hostile!.user);
  const question = "document.querySelector('#decisions tr:nth-child(2) td:nth-child(4)')";
  assertEquals(await browser.value(`${question}.textContent`), hostile!.words);
  assertEquals(await browser.value("document.querySelectorAll('img').length"), 0);
  assertEquals(await browser.value("document.title"), "Rosey in demo");
  const elsewhere = browser.requests.filter((url) =>
    !url.startsWith(server.url) && !url.startsWith("data:")
  );
  assertEquals(elsewhere, []);
  assertEquals(browser.complaints, []);
}, { needs: "chromium" });

test(
  "the page shows where a question was asked, and in amber what keeps the bot silent",
  async () => {
    let report = reportOf();
    await using server = new StatusServer({ port: 0, report: () => report, build: BUILD });
    await using browser = await Browser.start();
    await browser.look("light");
    await browser.open(server.url);
    await browser.until("document.querySelectorAll('#decisions tr').length === 4");
    const cells = (row: number) =>
      browser.value(
        `[...document.querySelectorAll('#decisions tr:nth-child(${row}) td')].slice(1, 5)` +
          ".map((cell) => cell.textContent)",
      );
    assertEquals(await cells(1), ["alice", "room", "rosey?", "waiting"]);
    assertEquals(await cells(4), ["carol", "PM", "", "model failed"]);
    const joined = "document.getElementById('joined')";
    assertEquals(await browser.value(`${joined}.className`), "big good");
    report = reportOf({ restrictions: ["paused", "muted"] });
    await browser.until(`${joined}.className === 'big warn'`);
    assertEquals(await browser.value(`getComputedStyle(${joined}).color`), "rgb(138, 90, 0)");
    const note = await browser.value("document.getElementById('joined-note').textContent");
    assertMatch(String(note), /^paused; muted; for 2 h, rank 1, 12 people$/);
    assertEquals(browser.complaints, []);
  },
  { needs: "chromium" },
);

test("the page can be used by keyboard, and says what its charts show", async () => {
  await using server = new StatusServer({ port: 0, report: () => reportOf(), build: BUILD });
  await using browser = await Browser.start();
  await browser.open(server.url);
  await browser.until("document.querySelectorAll('#decisions tr').length === 4");
  const focused = async () => {
    await browser.press("Tab");
    return await browser.value("document.activeElement.getAttribute('aria-labelledby')");
  };
  assertEquals([await focused(), await focused()], ["servers-title", "decisions-title"]);
  const outline = await browser.value("getComputedStyle(document.activeElement).outlineStyle");
  assertEquals(outline, "solid");
  const links: unknown[] = [];
  for (let at = 0; at < 4; at++) {
    await browser.press("Tab");
    links.push(await browser.value("document.activeElement.getAttribute('href')"));
  }
  assertEquals(links, ["/metrics", "/status.json", "/readyz", "/healthz"]);
  const charts =
    "[...document.querySelectorAll('svg')].map((svg) => svg.getAttribute('aria-label'))";
  assertEquals(await browser.value(charts), [
    "38 answers in the last 30 s, at most 38 in 30 s",
    "4 errors in the last 30 s, at most 4 in 30 s",
    "latency: 12 ms, at most 12 ms",
  ]);
  const unlabelled = "document.querySelectorAll('th:not([scope])').length";
  assertEquals(await browser.value(unlabelled), 0);
}, { needs: "chromium" });

test("the page says when its server is gone, and reconnects when it is back", async () => {
  const options = { report: () => reportOf(), build: BUILD };
  const first = new StatusServer({ port: 0, ...options });
  const port = Number(new URL(first.url).port);
  await using browser = await Browser.start();
  await browser.open(first.url);
  await browser.until("document.getElementById('live').textContent === 'live'");
  await first[Symbol.asyncDispose]();
  await browser.until("document.getElementById('live').textContent === 'connection lost'");
  await using _second = new StatusServer({ port, ...options });
  await browser.until("document.getElementById('live').textContent === 'live'");
}, { needs: "chromium" });

test("the page of a bot that has just started shows what is missing", async () => {
  const outbox = { ...reportOf().outbox, said: 0, waiting: 0 };
  const report = reportOf({
    connection: { state: "connecting", stateForMs: 1, reason: "", joins: 0, losses: 0 },
    outbox,
    decisions: { counts: {}, recent: [] },
    media: undefined,
    models: [],
  });
  await using server = new StatusServer({ port: 0, report: () => report, build: BUILD });
  await using browser = await Browser.start();
  await browser.look("dark");
  await browser.open(server.url);
  await browser.until("document.getElementById('live').textContent === 'live'");
  await picture(browser, "empty");
  const texts = "[...document.querySelectorAll('.nothing, td')].map((cell) => cell.textContent)";
  assertEquals(await browser.value(texts), [
    "none",
    "none",
    "not measured yet",
    "The model is off.",
    "Nobody has called the bot yet.",
  ]);
  assertEquals(await browser.value("document.getElementById('joined').textContent"), "connecting");
  assertEquals(browser.complaints, []);
}, { needs: "chromium" });
