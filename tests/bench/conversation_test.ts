import { assertEquals } from "@std/assert";
import { addressesPeople, type Answer, faultsOf } from "../../bench/conversation/checks.ts";
import { Recorder } from "../../bench/conversation/recorder.ts";
import { serveHttp } from "../fakes/http_server.ts";
import { test } from "../testing.ts";

const NAMES = ["Rosey", "alice", "bob_42"];
const SYSTEM = { role: "system", content: "You are Rosey, a friendly regular of this chat room." };
const TALK = { role: "user", content: "<bob_42> I start work at six tomorrow, why am I\n here" };

function answer(said: string, { text = said, ...rest }: Partial<Answer> = {}): Answer {
  return { user: "alice", lines: [said], text, messages: [SYSTEM, TALK], ...rest };
}

function faults(given: Answer, addresses = false, earlier: string[] = []): string[] {
  return faultsOf(given, { names: NAMES, addresses, earlier }).map(({ kind, found }) =>
    `${kind}: ${found}`
  );
}

test("an answer in good form has no fault", () => {
  for (
    const said of [
      "It is from 1922. alice likes it, too; bob_42 does not.",
      "Yes, it was directed by a person",
      "You are Rosey? No, I am.",
      "No, no, no: it is 1:02:03 long.",
      'He asks "What?" and then "Why?" and she says "No." and leaves. Yes. Good.',
    ]
  ) assertEquals(faults(answer(said)), [], said);
});

test("each fault of the form is found", () => {
  assertEquals(faults(answer("Well<|im_end|> yes.")), ["marker: <|im_end|>"]);
  assertEquals(faults(answer("assistant: Well yes.")), ["marker: assistant:"]);
  assertEquals(faults(answer("bob_42: hello there.")), ["name: bob_42"]);
  assertEquals(faults(answer("Sure. Bob_42: and why?")), ["turn: Bob_42: and why?"]);
  assertEquals(faults(answer("So: you are  rosey, A Friendly regular of this chat, yes.")), [
    "system: you are rosey, a friendly regular of this chat",
  ]);
  assertEquals(faults(answer("He said: I start work at six tomorrow, why am I here?")), [
    "transcript: i start work at six tomorrow, why am i here",
  ]);
  assertEquals(
    faults(answer("It is still a film of the year 1922, with a vampire."), false, [
      "Well, it is still a film of the year 1922, with rats.",
    ]),
    ["repeat: it is still a film of the year 1922, with"],
  );
  assertEquals(faults(answer("The cat, the cat. The cat! The cat went.")), ["loop: the cat"]);
  assertEquals(faults(answer("One. Two! Three? Four.")), ["long: 4 sentences, 1 lines"]);
  assertEquals(faults(answer("a", { lines: ["a,", "b,", "c."] })), ["long: 1 sentences, 3 lines"]);
});

test("a cut word is told from a whole one", () => {
  const text = "It is a wonderful film about trains";
  assertEquals(faults(answer("It is a wonder", { text })), ["cut: wonder"]);
  assertEquals(faults(answer("It is a wonder…", { text })), ["cut: wonder"]);
  assertEquals(faults(answer("It is a wonderful…", { text })), []);
  assertEquals(faults(answer(text, { finish: "stop" })), []);
  assertEquals(faults(answer(text, { finish: "length" })), ["cut: trains"]);
});

test("a name that the program put in front is no fault", () => {
  const put = answer("alice: It is a film.", { text: "It is a film." });
  const both = answer("alice: It is a film.", { text: "**alice**: It is a film." });
  assertEquals(addressesPeople([put, both]), true);
  assertEquals(addressesPeople([both, answer("It is.")]), false);
  assertEquals([faults(put, true), faults(both, true)], [[], []]);
  assertEquals(faults(both, false), ["name: alice"]);
  assertEquals(faults(answer("alice: bob_42: It is.", { text: "bob_42: It is." }), true), [
    "name: bob_42",
  ]);
});

const OPENAI = [
  'data: {"choices":[{"delta":{"content":"Good "}}]}\n\ndata: {"choices":[{"delta":{"con',
  'tent":"evening."}}]}\n\n: a comment\n\ndata: {"choices":[{"delta":{},"finish_reason":"stop"}],' +
  '"timings":{"cache_n":90,"prompt_n":10,"prompt_ms":5.5,"predicted_n":3,"predicted_ms":60}}\n\n',
  "data: [DONE]\n\n",
];
const OLLAMA = [
  '{"message":{"role":"assistant","content":"Good "},"done":false}\n{"message":{"con',
  'tent":"evening."},"done":false}\n{"message":{"content":""},"done":true,"done_reason":"stop",' +
  '"prompt_eval_count":100,"prompt_eval_duration":5500000,"eval_count":3,"eval_duration":60000000}\n',
];

test("the proxy passes an exchange on unchanged and notes it", async () => {
  for (
    const { path, chunks, timings } of [
      {
        path: "/v1/chat/completions",
        chunks: OPENAI,
        timings: { promptTokens: 10, cachedTokens: 90, promptMs: 5.5, tokens: 3, tokensMs: 60 },
      },
      {
        path: "/api/chat",
        chunks: OLLAMA,
        timings: { promptTokens: 100, promptMs: 5.5, tokens: 3, tokensMs: 60 },
      },
    ]
  ) {
    const heard: string[] = [];
    await using server = serveHttp(async (request) => {
      heard.push(request.method + new URL(request.url).pathname, await request.text());
      const bytes = chunks.map((chunk) => new TextEncoder().encode(chunk));
      return new Response(ReadableStream.from(bytes), { headers: { "x-server": "it" } });
    });
    await using recorder = new Recorder(server.url);
    const body = JSON.stringify({ messages: [SYSTEM, TALK], stream: true });
    const response = await fetch(recorder.url + path, { method: "POST", body });
    assertEquals(await response.text(), chunks.join(""));
    assertEquals(response.headers.get("x-server"), "it");
    assertEquals(heard, [`POST${path}`, body]);
    assertEquals(recorder.exchanges, [
      { messages: [SYSTEM, TALK], text: "Good evening.", finish: "stop", timings },
    ]);
  }
});
