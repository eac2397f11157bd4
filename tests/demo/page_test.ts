import {
  assert,
  assertEquals,
  assertMatch,
  assertNotMatch,
  assertStringIncludes,
} from "@std/assert";
import { channelPage } from "../../src/demo/page/page.ts";
import { test } from "../testing.ts";

const PLAIN = { title: "Rosey", subtitle: "scripted stand-in model" };

test("channel page loads nothing else", () => {
  const page = channelPage(PLAIN);
  assertEquals(page.match(/(?:https?:)?\/\/[a-z0-9[]/gi), null);
  assertEquals(page.match(/\b(?:src|@import|url\()/gi), null);
  assertEquals(page.match(/href="[^"]*"/g), ['href="data:,"']);
});

test("channel page escapes title and subtitle", () => {
  const nasty = `</title><script>alert("1")</script>'&`;
  const shown = "&lt;/title&gt;&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&apos;&amp;";
  const options = { title: nasty, subtitle: nasty };
  const page = channelPage(options);
  assert(!page.includes(nasty));
  assert(!page.includes("alert(" + '"'));
  assertEquals(page.split(shown).length - 1, 3);
  assertEquals(page.split("<script").length, channelPage(PLAIN).split("<script").length);
});

test("channel page labels its inputs and announces new messages", () => {
  const page = channelPage(PLAIN);
  for (const [, id] of page.matchAll(/<input id="(\w+)"/g)) {
    assertStringIncludes(page, `<label for="${id}">`, `no label for ${id}`);
  }
  assertMatch(page, /role="log" aria-live="polite"/);
  assertMatch(page, /prefers-color-scheme: dark/);
});

test("channel page's script parses and never sets HTML", () => {
  const program = /<script>([^]*)<\/script>/.exec(channelPage(PLAIN))?.[1] ?? "";
  new Function(program);
  assertNotMatch(program, /innerHTML|outerHTML|insertAdjacentHTML|document\.write|<\/script/);
});
