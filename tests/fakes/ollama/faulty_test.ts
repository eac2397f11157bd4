import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { scriptedReply } from "../../../src/demo/scripted_model.ts";
import { test } from "../../testing.ts";
import { blackHole, silentServer } from "../blackhole.ts";
import { type Certs, makeCerts } from "../certs.ts";
import { type Fault, FAULTY_REPLY, FAULTY_THOUGHTS, FaultyOllama, holdPort } from "./faulty.ts";

type Json = Record<string, unknown>;

const HELLO = {
  model: "rosey-demo:latest",
  messages: [{ role: "user", content: "alice: hey rosey" }],
};

function start(fault: Fault | null = null): FaultyOllama {
  return FaultyOllama.start({ tokenDelayMs: 0, fault });
}

function chat(ollama: FaultyOllama, init: RequestInit = {}, body: Json = HELLO): Promise<Response> {
  return fetch(`${ollama.url}/api/chat`, { method: "POST", body: JSON.stringify(body), ...init });
}

function parse(text: string): Json[] {
  return text.trimEnd().split("\n").map((line) => JSON.parse(line));
}

function joined(lines: Json[], key: "content" | "thinking" = "content"): string {
  return lines.map((line) => (line.message as Record<string, string>)[key] ?? "").join("");
}

/** The reason is in the message or in the cause, which differs by Deno's version. */
async function failsWith(request: Promise<unknown>, pattern: RegExp): Promise<void> {
  const error = await assertRejects(() => request, TypeError);
  assertMatch(`${error.message} ${(error.cause as Error | undefined)?.message ?? ""}`, pattern);
}

async function timesOut(request: () => Promise<unknown>): Promise<void> {
  assertEquals((await assertRejects(request, DOMException)).name, "TimeoutError");
}

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; !condition(); tries++) {
    assert(tries < 200, "waited two seconds in vain");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

test("faulty ollama forwards everything without a fault", async () => {
  await using ollama = start();
  assertEquals(await (await fetch(ollama.url)).text(), "Ollama is running");
  const lines = parse(await (await chat(ollama)).text());
  assertEquals(joined(lines), scriptedReply(HELLO.messages));
  const whole = await (await chat(ollama, {}, { ...HELLO, stream: false })).json();
  assertEquals(whole.done, true);
  assertEquals(ollama.requests.map(({ path }) => path), ["/", "/api/chat", "/api/chat"]);
  assertEquals(ollama.requests[1]?.body, HELLO);
  assertEquals(ollama.backend.requests.length, 3);
});

test("faulty ollama forwards a client's disconnect", async () => {
  await using ollama = FaultyOllama.start({ tokenDelayMs: 50 });
  const controller = new AbortController();
  const response = await chat(ollama, { signal: controller.signal });
  await response.body?.getReader().read();
  controller.abort();
  await until(() => ollama.backend.cancelled === 1 && ollama.open === 0);
});

test("fault status: any status, body, type and header, by scope", async () => {
  await using ollama = start({ kind: "status", status: 503 });
  const busy = await fetch(`${ollama.url}/api/tags`);
  assertEquals([busy.status, await busy.json()], [503, { error: "fault 503" }]);
  ollama.fault = {
    kind: "status",
    status: 429,
    body: "",
    contentType: "text/plain",
    headers: { "Retry-After": "7" },
    on: "chat",
  };
  const limited = await chat(ollama);
  assertEquals(limited.status, 429);
  assertEquals(limited.headers.get("retry-after"), "7");
  assertEquals(limited.headers.get("content-type"), "text/plain");
  assertEquals(await limited.text(), "");
  assertEquals((await (await fetch(`${ollama.url}/api/tags`)).json()).models.length, 1);
  ollama.fault = { kind: "status", status: 500, on: "/api/ps" };
  const [tags, ps] = await Promise.all(["tags", "ps"].map((path) => {
    return fetch(`${ollama.url}/api/${path}`);
  }));
  assertEquals([tags?.status, ps?.status], [200, 500]);
  await Promise.all([tags?.text(), ps?.text()]);
});

test("fault hang: no answer until the client gives up", async () => {
  await using ollama = start({ kind: "hang" });
  await timesOut(() => chat(ollama, { signal: AbortSignal.timeout(150) }));
  await until(() => ollama.open === 0);
});

test("fault hang_after: some lines, then silence; the pending read rejects", async () => {
  await using ollama = start({ kind: "hang_after", chunks: 2 });
  const response = await chat(ollama, { signal: AbortSignal.timeout(300) });
  let text = "";
  await timesOut(async () => {
    for await (const bytes of response.body ?? []) text += new TextDecoder().decode(bytes);
  });
  assertEquals(parse(text).length, 2);
});

test("fault reset: the connection closes before any header", async () => {
  await using ollama = start({ kind: "reset" });
  await failsWith(chat(ollama), /connection closed before message completed/);
});

test("fault truncate: a proper end of stream without done:true", async () => {
  await using ollama = start({ kind: "truncate", chunks: 3 });
  const lines = parse(await (await chat(ollama)).text());
  assertEquals(lines.map(({ done }) => done), [false, false, false]);
  assertEquals(joined(lines), "word0 word1 word2 ");
  assertEquals(lines[0]?.model, HELLO.model);
});

test("fault cut: the body breaks off within an HTTP chunk", async () => {
  await using ollama = start({ kind: "cut", chunks: 1 });
  const response = await chat(ollama);
  assertEquals(response.status, 200);
  await failsWith(response.text(), /error reading a body from connection/);
});

test("fault error_line: an error under status 200, also as the first line", async () => {
  await using ollama = start({ kind: "error_line", chunks: 1, error: "CUDA error" });
  assertEquals(parse(await (await chat(ollama)).text())[1], { error: "CUDA error" });
  ollama.fault = { kind: "error_line", chunks: 0, error: "no" };
  assertEquals(parse(await (await chat(ollama)).text()), [{ error: "no" }]);
});

test("fault bad_json: a broken line within an otherwise good stream", async () => {
  await using ollama = start({ kind: "bad_json", chunks: 1 });
  const lines = (await (await chat(ollama)).text()).trimEnd().split("\n");
  assertEquals(lines.length, 3);
  assertThrows(() => JSON.parse(lines[1] ?? ""), SyntaxError);
  assertEquals(JSON.parse(lines[2] ?? "").done, true);
});

test("fault endless: a body that goes on, in lines or in one line, until the client leaves", async () => {
  await using ollama = start();
  for (const line of [false, true]) {
    ollama.fault = { kind: "endless", line };
    const response = await chat(ollama);
    let size = 0;
    let breaks = 0;
    for await (const bytes of response.body ?? []) {
      size += bytes.length;
      breaks += bytes.includes(10) ? 1 : 0;
      if (size > 2_000_000) break;
    }
    assertEquals(breaks > 0, !line);
    await until(() => ollama.open === 0);
  }
});

test("fault drip: letters are split across chunks and come out whole", async () => {
  await using ollama = start({ kind: "drip", bytes: 1 });
  const response = await chat(ollama);
  const decoder = new TextDecoder();
  let [text, torn, chunks] = ["", 0, 0];
  for await (const bytes of response.body ?? []) {
    chunks++;
    if (new TextDecoder().decode(bytes).includes("\ufffd")) torn++;
    text += decoder.decode(bytes, { stream: true });
  }
  assertEquals(joined(parse(text)), FAULTY_REPLY);
  assert(torn > 0 && chunks > 100, `${torn} of ${chunks} chunks tear a letter`);
});

test("fault thinking: in its own field, in tags, behind a lone close, in split tags", async () => {
  await using ollama = start();
  const content: Record<string, string> = {};
  for (const style of ["field", "tags", "lone_close", "split_tags"] as const) {
    ollama.fault = { kind: "thinking", style };
    const lines = parse(await (await chat(ollama)).text());
    const whole = await (await chat(ollama, {}, { ...HELLO, stream: false })).json();
    assertEquals(lines.at(-1)?.done, true);
    content[style] = joined(lines);
    assertEquals(whole.message.content, content[style]);
    assertEquals(joined(lines, "thinking"), style === "field" ? FAULTY_THOUGHTS : "");
    assertEquals(whole.message.thinking, style === "field" ? FAULTY_THOUGHTS : undefined);
  }
  assertEquals(content, {
    field: FAULTY_REPLY,
    tags: `<think>\n${FAULTY_THOUGHTS}\n</think>\n\n${FAULTY_REPLY}`,
    lone_close: `${FAULTY_THOUGHTS}\n</think>\n\n${FAULTY_REPLY}`,
    split_tags: `<think>${FAULTY_THOUGHTS}</think>${FAULTY_REPLY}`,
  });
});

test("fault html: a proxy's page, which is no JSON", async () => {
  await using ollama = start({ kind: "html", status: 502 });
  const response = await chat(ollama);
  assertEquals(response.status, 502);
  assertEquals(response.headers.get("content-type"), "text/html");
  await assertRejects(() => response.json(), SyntaxError);
});

test("fault redirect: followed it turns POST into GET, by hand it is seen", async () => {
  await using other = start();
  await using ollama = start({ kind: "redirect", location: `${other.url}/api/chat` });
  const followed = await chat(ollama);
  assertEquals([followed.status, await followed.text()], [405, "405 method not allowed"]);
  const manual = await chat(ollama, { redirect: "manual" });
  assertEquals(manual.status, 301);
  assertEquals(manual.headers.get("location"), `${other.url}/api/chat`);
  await manual.body?.cancel();
});

test("faults empty and done_false: nothing said, and nothing finished", async () => {
  await using ollama = start({ kind: "empty", done_reason: "length" });
  const [only, ...more] = parse(await (await chat(ollama)).text());
  assertEquals(more.length, 0);
  assertEquals([only?.done, only?.done_reason], [true, "length"]);
  assertEquals(joined([only ?? {}]), "");
  ollama.fault = { kind: "done_false" };
  const whole = await (await chat(ollama, {}, { ...HELLO, stream: false })).json();
  assertEquals([whole.done, whole.message.content], [false, FAULTY_REPLY]);
  assert(parse(await (await chat(ollama)).text()).every(({ done }) => done === false));
});

test("faulty ollama goes away and comes back on the same port", async () => {
  await using ollama = start({ kind: "hang_after", chunks: 1 });
  const { url } = ollama;
  const response = await chat(ollama);
  const broken = assertRejects(() => response.text());
  await ollama.stop();
  await broken;
  await failsWith(fetch(url), /Connection refused/);
  ollama.fault = null;
  ollama.restart();
  assertEquals(await (await fetch(url)).text(), "Ollama is running");
  assertEquals(ollama.url, url);
});

test("holdPort: refused until a server comes up there", async () => {
  const port = holdPort();
  await failsWith(fetch(`http://127.0.0.1:${port}`), /Connection refused/);
  await using ollama = FaultyOllama.start({ port });
  assertEquals(ollama.port, port);
  await (await fetch(ollama.url)).text();
});

test("black hole: a connection hangs until the signal ends it", async () => {
  await using hole = await blackHole();
  const before = performance.now();
  const signal = AbortSignal.timeout(400);
  await timesOut(() => fetch(hole.url, { signal }));
  assert(performance.now() - before > 350);
}, { needs: "linux" });

test("silent server: accepts a request and never answers", async () => {
  await using silent = silentServer();
  const signal = AbortSignal.timeout(200);
  await timesOut(() => fetch(silent.url, { signal }));
});

async function overTls(certs: Certs, trusted: boolean): Promise<string> {
  const { cert, key, ca } = certs;
  await using ollama = FaultyOllama.start({ tls: { cert, key } });
  using client = Deno.createHttpClient({ caCerts: trusted ? [ca] : [] });
  const url = ollama.url.replace("127.0.0.1", "localhost");
  return await (await fetch(url, { client })).text();
}

test("certificates: trusted only with their authority", async () => {
  await using certs = await makeCerts();
  assertEquals(await Deno.readTextFile(certs.caPath), certs.ca);
  assertEquals(await overTls(certs, true), "Ollama is running");
  await failsWith(overTls(certs, false), /invalid peer certificate: UnknownIssuer/);
}, { needs: "openssl" });

test("certificates: expired, for another name, or signed by themselves", async () => {
  await using expired = await makeCerts("expired");
  await failsWith(overTls(expired, true), /invalid peer certificate: .*expired/i);
  await using elsewhere = await makeCerts("wrong_name");
  await failsWith(overTls(elsewhere, true), /certificate not valid for name/);
  await using selfSigned = await makeCerts("self_signed");
  for (const trusted of [false, true]) {
    await failsWith(overTls(selfSigned, trusted), /CaUsedAsEndEntity/);
  }
}, { needs: "openssl" });

test("https and http: each spoken to the other's port", async () => {
  await using certs = await makeCerts();
  await using plain = start();
  await using secure = FaultyOllama.start({ tls: certs });
  await failsWith(fetch(plain.url.replace("http:", "https:")), /InvalidContentType/);
  await failsWith(fetch(secure.url.replace("https:", "http:")), /invalid HTTP version/);
}, { needs: "openssl" });
