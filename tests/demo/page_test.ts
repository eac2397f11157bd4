import assert from "node:assert/strict";
import { channelPage } from "../../src/demo/page/page.ts";
import { test } from "../testing.ts";

const PLAIN = { title: "Rosey", subtitle: "scripted stand-in model" };

test("channel page asks for nothing from anywhere else", () => {
  const page = channelPage(PLAIN);
  assert.deepEqual(page.match(/(?:https?:)?\/\/[a-z0-9[]/gi), null);
  assert.deepEqual(page.match(/\b(?:src|@import|url\()/gi), null);
  assert.deepEqual(page.match(/href="[^"]*"/g), ['href="data:,"']);
});

test("channel page escapes what it is told to show", () => {
  const nasty = `</title><script>alert("1")</script>'&`;
  const shown = "&lt;/title&gt;&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&#39;&amp;";
  const options = { title: nasty, subtitle: nasty, channel: nasty, suggestions: [nasty] };
  const page = channelPage(options);
  assert(!page.includes(nasty));
  assert(!page.includes("alert(" + '"'));
  assert.equal(page.split(shown).length - 1, 5);
  assert.equal(page.split("<script").length, channelPage(PLAIN).split("<script").length);
});

test("channel page labels its inputs and announces new messages", () => {
  const page = channelPage(PLAIN);
  for (const [, id] of page.matchAll(/<input id="(\w+)"/g)) {
    assert(page.includes(`<label for="${id}">`), `no label for ${id}`);
  }
  assert.match(page, /role="log" aria-live="polite"/);
  assert.match(page, /prefers-color-scheme: dark/);
});

test("channel page's program parses and never sets HTML", () => {
  const program = /<script>([^]*)<\/script>/.exec(channelPage(PLAIN))?.[1] ?? "";
  assert.doesNotThrow(() => new Function(program));
  assert.doesNotMatch(program, /innerHTML|outerHTML|insertAdjacentHTML|document\.write|<\/script/);
});
