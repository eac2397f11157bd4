import { assertEquals, assertLess, assertLessOrEqual } from "@std/assert";
import { htmlToText } from "../../src/cytube/html.ts";
import { loadTrace, type TraceRecord } from "../demo/trace.ts";
import { fastestMs, test } from "../testing.ts";

interface Said {
  readonly typed: string;
  /** The echo. */
  readonly html: string;
}

const TRACES = [
  "01-connect-join.jsonl",
  "02-history-replay.jsonl",
  "04-user-events.jsonl",
  "05-chat-format.jsonl",
  "06-mod-commands.jsonl",
  "07-mute-smute.jsonl",
  "08-throttle.jsonl",
  "12-misc-errors.jsonl",
  "14-restart-unload.jsonl",
];

/** The letters and digits, which neither the server's escapes nor its filters change. */
function skeleton(text: string): string {
  return text.replace(/[^\p{L}\p{N}]/gu, "");
}

function skeletonOfHtml(html: string): string {
  return skeleton(html.replace(/<[^>]*>|&(?:amp|lt|gt);/g, ""));
}

/** Every line of the trace that was echoed to its author, with the echo. */
function saidIn(trace: readonly TraceRecord[]): Said[] {
  const names = namesIn(trace);
  const used = new Set<TraceRecord>();
  return trace.flatMap((out, at) => {
    // The server cuts what is longer, also within a character.
    const typed = messageOf(out, "out", names)?.slice(0, 320).toWellFormed() ?? null;
    if (typed === null || typed.startsWith("/") || typed.trim() === "") return [];
    const wanted = skeleton(typed.replaceAll(/\[\/?sp\]/g, ""));
    const echo = trace.slice(at).find((record) => {
      if (used.has(record) || record.who !== out.who || record.t - out.t > 1000) return false;
      const html = messageOf(record, "in", names);
      return html !== null && skeletonOfHtml(html) === wanted;
    });
    if (!echo) return [];
    used.add(echo);
    return [{ typed, html: messageOf(echo, "in", names)! }];
  });
}

/** The name of each client of the trace after its login. */
function namesIn(trace: readonly TraceRecord[]): Map<string, unknown> {
  const logins = trace.filter(({ dir, ev, args }) =>
    dir === "in" && ev === "login" && Object(args).success === true
  );
  return new Map(logins.map(({ who, args }) => [who, Object(args).name]));
}

/** The text of a line that a client sent, or of its echo. */
function messageOf(
  record: TraceRecord,
  dir: "in" | "out",
  names: ReadonlyMap<string, unknown>,
): string | null {
  if (record.dir !== dir || record.ev !== "chatMsg") return null;
  const { msg, username } = Object(record.args) as Record<string, unknown>;
  const own = dir === "out" || username === names.get(record.who);
  return typeof msg === "string" && own ? msg : null;
}

/** The text without control characters, which the server removes. */
function asKept(typed: string): string {
  // deno-lint-ignore no-control-regex
  return typed.replace(/[\u0000-\u001f]+/g, " ");
}

test("every recorded line is converted to what was typed", () => {
  const said = TRACES.flatMap((file) => saidIn(loadTrace(file)));
  for (const { typed, html } of said) assertEquals(htmlToText(html), asKept(typed), html);
  assertEquals(said.length, 103);
  assertEquals(said.filter(({ html }) => /[<&]/.test(html)).length, 6);
});

test("text without markup is unchanged", () => {
  for (const text of ["", "hello", "a > b", "日本語 🌹 \u202e", "tab\tand\nline"]) {
    assertEquals(htmlToText(text), text);
  }
});

test("entities are decoded once", () => {
  const cases = [
    ["&lt;b&gt; &amp; &quot;q&quot; &#39;a&#39; &#x2F;", "<b> & \"q\" 'a' /"],
    ["&amp;amp;", "&amp;"],
    ["&amp;lt;script&amp;gt;", "&lt;script&gt;"],
    ["&lt;3", "<3"],
    ["&lt;em&gt;not a tag&lt;/em&gt;", "<em>not a tag</em>"],
    ["AT&amp;T", "AT&T"],
    ["&unknown; & alone", "&unknown; & alone"],
  ] as const;
  for (const [html, text] of cases) assertEquals(htmlToText(html), text);
});

test("tags of the default filters become their source characters, others are removed", () => {
  const cases = [
    ["snake<em>case</em>name", "snake_case_name"],
    ["2<strong>3</strong>4", "2*3*4"],
    ["<code>x</code> <s>y</s>", "`x` ~~y~~"],
    ['<span class="spoiler">secret</span>', "[sp]secret[/sp]"],
    ['<span class="spoiler">a <span>b</span> c</span> d</span>', "[sp]a b c[/sp] d"],
    ['<span title="spoiler">a</span>', "a"],
    [
      '<a href="https://e.org/?a=1&amp;b=2" target="_blank">https://e.org/?a=1&amp;b=2</a>',
      "https://e.org/?a=1&b=2",
    ],
    ['an <img src="x.png" alt="a > b" /> here', "an  here"],
    ["one<br>two<BR/>three", "one two three"],
    ["<h1>Hi</h1><p>No spam<ul><li>Be nice</li><LI>a</LI>", " Hi  No spam  Be nice  a "],
    ["<STRONG>loud</STRONG>", "*loud*"],
    ["<emx>a</emx><code2>b</code2>", "ab"],
    ["<constructor>a</constructor><valueof>b</valueof>", "ab"],
    ["a <- b < c <3", "a <- b < c <3"],
    ["cut in the middle <a hre", "cut in the middle <a hre"],
  ] as const;
  for (const [html, text] of cases) assertEquals(htmlToText(html), text);
});

test("unclosed markup is converted quickly", () => {
  const ms = fastestMs(() => {
    for (const piece of ["<a ", "<a '", '<a "', "<", "&", "&lt;", "<em>", "<a'\"", '<a ""']) {
      assertLessOrEqual(htmlToText(piece.repeat(300_000)).length, 16_384);
    }
  });
  assertLess(ms, 250);
});
