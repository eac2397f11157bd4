/** Conversations with stand-ins for real servers, each with what it refuses. */
import { configure, type LogRecord, reset } from "@logtape/logtape";
import { assertEquals, assertInstanceOf, assertMatch } from "@std/assert";
import { checkServer } from "../../src/check/server.ts";
import { buildPrompt } from "../../src/chat/prompt.ts";
import { ProviderError } from "../../src/llm/errors.ts";
import type { OpenAiParameters } from "../../src/llm/openai_request.ts";
import { OpenAiProvider } from "../../src/llm/openai.ts";
import type { Message } from "../../src/llm/provider.ts";
import { type ChatBody, FakeOpenAi, type Refuse } from "../fakes/openai.ts";
import { forbidden, llamaCppError } from "../fakes/openai_errors.ts";
import { ALTERNATING, NO_SYSTEM_ROLE, PICKY } from "../fakes/openai_servers.ts";
import { test } from "../testing.ts";

const never = new AbortController().signal;
const PERSONA = "You are Rosey, a pirate.";

const PROMPT = buildPrompt({
  persona: PERSONA,
  bot: "Rosey",
  channel: "room",
  wallMs: 0,
  room: [
    { user: "bob", text: "ahoy", own: false },
    { user: "Rosey", text: "Arr!", own: true },
  ] as never,
  maxChars: 24_000,
  question: { user: "alice", text: "hi rosey", kind: "call" },
});

function providerOf(fake: FakeOpenAi, parameters: Partial<OpenAiParameters> = {}): OpenAiProvider {
  const server = { url: fake.url, model: "small-model" };
  const limits = { responseTimeoutMs: 5000, loadTimeoutMs: 5000 };
  const connect = () => Deno.createHttpClient({});
  return new OpenAiProvider({ server, connect, ...limits, ...parameters });
}

async function ask(
  provider: OpenAiProvider,
  messages: readonly Message[] = PROMPT,
): Promise<string> {
  return (await provider.chat(messages, never)).text;
}

function last(fake: FakeOpenAi): ChatBody {
  return fake.requests.at(-1)!.body as ChatBody;
}

async function withServer(
  refuse: Refuse,
  parameters: Partial<OpenAiParameters>,
  run: (provider: OpenAiProvider, fake: FakeOpenAi) => Promise<void>,
): Promise<void> {
  await using fake = new FakeOpenAi();
  fake.refuse = refuse;
  const provider = providerOf(fake, parameters);
  try {
    await run(provider, fake);
  } finally {
    provider.close();
  }
}

for (const [name, refuse] of Object.entries(NO_SYSTEM_ROLE)) {
  test(`openai puts the persona into the first user message, and remembers it: ${name}`, async () => {
    await withServer(refuse, {}, async (provider, fake) => {
      for (let question = 0; question < 3; question++) assertEquals(await ask(provider), "Hello.");
      assertEquals(fake.refused, 1);
      const { messages } = last(fake);
      assertEquals(messages.map(({ role }) => role), ["user", "assistant", "user"]);
      assertMatch(messages[0]!.content, /^You are Rosey, a pirate\.\n[^]*\n\nbob: ahoy$/);
    });
  });
}

for (const [name, refuse] of Object.entries(ALTERNATING)) {
  test(`openai merges neighbours of one role, and keeps the system message: ${name}`, async () => {
    const messages: Message[] = [
      { role: "system", content: PERSONA },
      { role: "assistant", content: "Arr!" },
      { role: "user", content: "bob: ahoy" },
      { role: "user", content: "alice: hi" },
    ];
    await withServer(refuse, {}, async (provider, fake) => {
      for (let time = 0; time < 2; time++) await ask(provider, messages);
      assertEquals(fake.refused, 1);
      assertEquals(last(fake).messages, [
        { role: "system", content: PERSONA },
        { role: "user", content: "bob: ahoy\nalice: hi" },
      ]);
      // The bot's own prompts are taken as they are.
      await ask(provider);
      assertEquals(last(fake).messages, [...PROMPT]);
    });
  });
}

for (const [name, { options, think, refuse, taken, refused = 1 }] of Object.entries(PICKY)) {
  test(`openai sends what the server takes, and remembers it: ${name}`, async () => {
    await withServer(refuse, { options, think }, async (provider, fake) => {
      // The bot's own limit of tokens comes with the second question.
      for (let time = 0; time < 3; time++) assertEquals(await ask(provider), "Hello.");
      assertEquals(fake.refused, refused);
      const { model: _, messages: __, stream: ___, ...rest } = last(fake);
      const { max_tokens: limit, ...sent } = rest;
      assertEquals(limit === 256 ? sent : rest, taken);
    });
  });
}

test("openai reports a refusal that it cannot answer with another request", async () => {
  const refuse = () => llamaCppError("System role not supported");
  await withServer(refuse, {}, async (provider, fake) => {
    const error = await ask(provider).catch((error) => error);
    assertInstanceOf(error, ProviderError);
    const { kind, reason } = error;
    assertEquals([kind, reason], ["roles_refused", "HTTP 500: System role not supported"]);
    assertEquals(fake.requests.length, 2);
    // Nothing was learned from it.
    await ask(provider).catch(() => {});
    assertEquals((fake.requests[2]!.body as ChatBody).messages[0]!.role, "system");
    assertEquals(provider.adjustments, []);
  });
});

test("openai maps think to reasoning_effort, unless an option decides", async () => {
  const template = { chat_template_kwargs: { enable_thinking: false } };
  for (
    const [think, options, sent] of [
      [false, {}, { reasoning_effort: "none" }],
      [true, {}, { reasoning_effort: "medium" }],
      ["low", {}, { reasoning_effort: "low" }],
      [false, { reasoning_effort: "minimal" }, { reasoning_effort: "minimal" }],
      [true, template, template],
    ] as const
  ) {
    await withServer(() => undefined, { think, options }, async (provider, fake) => {
      await ask(provider);
      const { model: _, messages: __, stream: ___, ...rest } = last(fake);
      assertEquals(rest, sent);
    });
  }
});

test("openai asks without its own reasoning_effort where a server refuses it in other words", async () => {
  const refuse: Refuse = ({ reasoning_effort }) =>
    reasoning_effort === undefined ? undefined : new Response("Bad Request", { status: 400 });
  await withServer(refuse, { think: false }, async (provider, fake) => {
    // One refusal without a word may have another reason.
    for (const refused of [1, 2, 2]) {
      assertEquals(await ask(provider), "Hello.");
      assertEquals(fake.refused, refused);
    }
  });
  // What the operator asked for is not left out on a guess.
  await withServer(refuse, { think: true }, async (provider) => {
    assertEquals((await provider.chat(PROMPT, never).catch((error) => error)).kind, "http");
  });
});

test("openai keeps its form after one error that refuses nothing", async () => {
  const said = (message: string, status = 400) => Response.json({ error: { message } }, { status });
  const event = (message: string) => {
    const body = `data: ${JSON.stringify({ error: { message } })}\n\n`;
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  };
  const reached =
    "Could not finish the message because max_tokens or model output limit was reached.";
  const errors: [() => Response, Partial<OpenAiParameters>][] = [
    [() => event("The upstream stream was interrupted"), {}],
    [() => event("The model failed while reasoning"), { think: true }],
    [() => said("Bad request"), { think: false }],
    [() => said("Provider returned error: please stop and try later"), {
      options: { stop: ["x"] },
    }],
    [() => said("Failed to tokenize: seed worker died"), { options: { seed: 3 } }],
    [() => said(reached), { options: { max_completion_tokens: 20 } }],
    [() => said("stream closed", 500), {}],
  ];
  for (const [error, parameters] of errors) {
    let isOdd = true;
    const once: Refuse = () => isOdd ? error() : undefined;
    await withServer(once, parameters, async (provider, fake) => {
      await provider.chat(PROMPT, never).catch(() => {});
      const { messages: _, ...first } = fake.requests[0]!.body as ChatBody;
      isOdd = false;
      await ask(provider);
      const { messages: __, ...later } = last(fake);
      assertEquals([later, provider.adjustments], [first, []]);
    });
  }
});

test("openai sends no option that would change how the answer is read", async () => {
  const options = { n: 2, stream: false, model: "other", messages: [], min_p: 0.1 };
  await withServer(() => undefined, { options }, async (provider, fake) => {
    await ask(provider);
    assertEquals({ ...last(fake), messages: [] }, {
      model: "small-model",
      messages: [],
      stream: true,
      min_p: 0.1,
    });
  });
});

test("openai asks without a seed if the server refuses it", async () => {
  const { refuse } = PICKY["Mistral: an unknown option"]!;
  await withServer((body) => refuse({ ...body, top_k: body.seed }), {}, async (provider, fake) => {
    // The message names a field that was not sent.
    const error = await provider.chat(PROMPT, never, { seed: 7 }).catch(({ kind }) => kind);
    assertEquals([error, fake.requests.length], ["http", 1]);
  });
  const forbidsSeed: Refuse = ({ seed }) =>
    seed === undefined ? undefined : Response.json({
      object: "error",
      message: { detail: [{ loc: ["body", "seed"], msg: "Extra inputs are not permitted" }] },
    }, { status: 422 });
  await withServer(forbidsSeed, {}, async (provider, fake) => {
    for (const seed of [7, 8]) {
      assertEquals((await provider.chat(PROMPT, never, { seed })).text, "Hello.");
    }
    assertEquals(fake.refused, 1);
  });
});

test("openai warns once of an option of the operator's that it leaves out", async () => {
  const records: LogRecord[] = [];
  await configure({
    sinks: { records: (record) => records.push(record) },
    loggers: [
      { category: "rosey", lowestLevel: "debug", sinks: ["records"] },
      { category: ["logtape", "meta"], lowestLevel: "error", sinks: [] },
    ],
    reset: true,
  });
  try {
    const { refuse, options } = PICKY["Mistral: an unknown option"]!;
    await withServer(refuse, { options }, async (provider) => {
      for (let time = 0; time < 2; time++) await ask(provider);
    });
  } finally {
    await reset();
  }
  const lines = records.map(({ level, message }) => `${level} ${message.map(String).join("")}`);
  assertEquals(lines.map((line) => line.replace(/http:\S+/, "URL")), [
    "warning Model server URL it refuses top_k, which is left out: HTTP 422: top_k: Extra inputs " +
    "are not permitted; correct top_k in llm.options, or remove it",
  ]);
});

test("openai advises about the name that the operator wrote", async () => {
  for (
    const [options, refused, advice] of [
      [{ num_predict: 50 }, /^max_/, "correct num_predict in llm.options, or remove it"],
      [{ repeat_penalty: 1.1 }, /^repeat_/, "correct repeat_penalty in llm.options, or remove it"],
      [{ repeat_penalty: 1.1 }, /^repetition_/, undefined],
    ] as const
  ) {
    const refuse: Refuse = (body) => {
      const name = Object.keys(body).find((name) => refused.test(name));
      return name === undefined ? undefined : forbidden(name);
    };
    await withServer(refuse, { options }, async (provider) => {
      await ask(provider);
      assertEquals(provider.adjustments.at(-1)?.advice, advice);
    });
  }
});

test("check asks with the persona, and reports what the server refuses", async () => {
  await withServer(NO_SYSTEM_ROLE["vLLM, Gemma 2"]!, {}, async (provider, fake) => {
    const settings = { think: false, options: {}, keepAlive: "5m" };
    const redact = (text: string) => text;
    const findings = await checkServer(provider, settings, {
      question: PROMPT,
      signal: never,
      redact,
    });
    assertEquals(findings.slice(-2).map(({ level, found }) => [level, found.slice(0, 36)]), [
      ["ok", 'the model answers within 0.0 s: "Hel'],
      ["note", "its model takes no system message: t"],
    ]);
    assertEquals(fake.refused, 1);
  });
});
