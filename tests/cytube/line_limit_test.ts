import { assertEquals, assertLess } from "@std/assert";
import { fetchLineLimit } from "../../src/cytube/line_limit.ts";
import { loadTrace } from "../demo/trace.ts";
import { serveHttp } from "../fakes/http_server.ts";
import { test } from "../testing.ts";

/** A site whose page of the channel `demo` has this content. */
function siteWith(page: string | ReadableStream<Uint8Array>, status = 200) {
  const paths: string[] = [];
  const server = serveHttp((request) => {
    paths.push(new URL(request.url).pathname);
    return new Response(page, { status, headers: { "content-type": "text/html" } });
  });
  return {
    paths,
    url: server.url,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

test("the channel's page tells the limit of a line", async () => {
  const record = loadTrace("21-short-limit.jsonl").find(({ who }) => who === "http")!;
  await using site = siteWith(`<html><body>${(record.args as { body: string }).body}</body>`);
  assertEquals(await fetchLineLimit(site.url, "shortroom"), 200);
  assertEquals(site.paths, ["/r/shortroom"]);
});

for (
  const [page, units] of [
    ['<input maxlength="240" id="chatline">', 240],
    ['<input id="guestname" maxlength="20"><input id="chatline" maxlength="1000">', 1000],
    ['<input id="chatline"><input maxlength="200">', undefined],
    ['<input id="chatline" maxlength="0">', undefined],
    ["no page of a channel", undefined],
  ] as const
) {
  test(`the page ${page} tells ${units}`, async () => {
    await using site = siteWith(page);
    assertEquals(await fetchLineLimit(site.url, "demo"), units);
  });
}

test("a page without end is read in part, and one that does not come is not waited for", async () => {
  const chunk = new TextEncoder().encode("x".repeat(65_536));
  let sent = 0;
  const endless = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      sent += chunk.length;
      controller.enqueue(chunk);
    },
  });
  {
    await using site = siteWith(endless);
    assertEquals(await fetchLineLimit(site.url, "demo"), undefined);
    assertLess(sent, 8_000_000);
  }
  await using site = siteWith(new ReadableStream());
  const begun = performance.now();
  assertEquals(await fetchLineLimit(site.url, "demo", { timeoutMs: 100 }), undefined);
  assertLess(performance.now() - begun, 2000);
  assertEquals(await fetchLineLimit("http://127.0.0.1:1", "demo"), undefined);
});
