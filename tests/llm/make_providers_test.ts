import { configure, type LogRecord, reset } from "@logtape/logtape";
import { assertEquals, assertMatch, assertNotMatch } from "@std/assert";
import { loadConfig } from "../../src/config/load.ts";
import { makeProviders } from "../../src/llm/make_providers.ts";
import { test } from "../testing.ts";

interface Outcome {
  /** Null if the model is off. */
  readonly provider: { name: string; model: string; host: string } | null;
  /** In the order of preference. */
  readonly all: readonly Outcome["provider"][];
  /** `level message` of everything that was logged. */
  readonly lines: readonly string[];
}

/** Providers and log lines for an `llm` section. */
async function setup(
  llm: Readonly<Record<string, unknown>>,
  env: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
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
    const text = JSON.stringify({ channel: "room", user: "Rosey", llm: { enabled: true, ...llm } });
    const options = { env: (name: string) => env[name], readFile: () => text };
    const providers = makeProviders(loadConfig("config.json", options).settings.llm);
    const all = providers.map(({ name, model, host }) => ({ name, model, host }));
    for (const provider of providers) provider.close();
    const lines = records.map(({ level, message }) => `${level} ${message.map(String).join("")}`);
    return { provider: all[0] ?? null, all, lines };
  } finally {
    await reset();
  }
}

const OFF = "; the bot runs without a model";

test("ollama default host", async () => {
  const { provider, lines } = await setup({ provider: "ollama", model: "llama3.2" });
  assertEquals(provider, { name: "ollama", model: "llama3.2", host: "http://localhost:11434" });
  assertEquals(lines, []);
});

test("ollama custom host", async () => {
  const { provider } = await setup({
    provider: "ollama",
    model: "llama3.2",
    ollama_host: "http://192.168.1.100:11434",
  });
  assertEquals(provider?.host, "http://192.168.1.100:11434");
});

test("ollama invalid host is logged and leaves the model off", async () => {
  const { provider, lines } = await setup({
    provider: "ollama",
    model: "llama3.2",
    ollama_host: "not-a-valid-url",
  });
  assertEquals(provider, null);
  assertEquals(lines, [
    "error LLM error: Cannot use llm.ollama_host: the address must begin with http:// or " +
    'https://, found "not-a-valid-url"; did you mean "http://not-a-valid-url:11434"?' + OFF,
  ]);
});

test("openai invalid address is not corrected with Ollama's port", async () => {
  const own = { provider: "openai", model: "m", openai_base_url: "http:/lm/v1" };
  const { lines } = await setup(own);
  assertMatch(lines.join(), /did you mean "http:\/\/lm\/v1"\?/);
});

test("ollama invalid host from the environment is reported as OLLAMA_HOST", async () => {
  const { provider, lines } = await setup({ model: "m" }, { OLLAMA_HOST: "gpu:11434" });
  assertEquals(provider, null);
  assertEquals(lines.length, 1);
  assertMatch(lines[0]!, /^error LLM error: Cannot use OLLAMA_HOST: .*"http:\/\/gpu:11434"\?/);
});

test("ollama host from the environment overrides the file", async () => {
  const env = { OLLAMA_HOST: "http://gpu:11434" };
  const { provider } = await setup({ model: "m", ollama_host: "http://file" }, env);
  assertEquals(provider?.host, "http://gpu:11434");
});

test("ollama host and its errors are shown without credentials", async () => {
  const { provider } = await setup({ model: "m", ollama_host: "http://bot:hunter22@gpu:1" });
  assertEquals(provider?.host, "http://gpu:1");
  const { provider: none, lines } = await setup({ model: "m", ollama_host: "bot:hunter22@gpu:1" });
  assertEquals(none, null);
  assertEquals(lines.length, 1);
  assertNotMatch(lines[0]!, /hunter|bot:/);
});

test("llm.enabled false turns the model off without an error", async () => {
  const { provider, lines } = await setup({ enabled: false, model: "m", ollama_host: "nonsense" });
  assertEquals(provider, null);
  assertEquals(lines, ["info LLM disabled: llm.enabled is false"]);
});

test("unknown provider is logged and leaves the model off", async () => {
  const known = " (known are ollama and openai)";
  const cases: readonly (readonly [written: string, shown: string])[] = [
    ["gemini", "gemini"],
    ["Ollama2", "ollama2"],
    ["", '""'],
    ["__proto__", "__proto__"],
  ];
  for (const [written, shown] of cases) {
    const { provider, lines } = await setup({ provider: written, model: "m" });
    assertEquals(provider, null);
    assertEquals(lines, [`error Unknown LLM provider: ${shown}${known}${OFF}`]);
  }
});

test("provider's name is case-insensitive", async () => {
  const { provider } = await setup({ provider: " OLLAMA ", model: "m" });
  assertEquals(provider?.name, "ollama");
});

test("missing model is logged and leaves the model off", async () => {
  for (const llm of [{}, { model: "" }, { model: "  " }, { provider: "openai" }]) {
    const { provider, lines } = await setup({ openai_api_key: "sk-12345", ...llm });
    assertEquals(provider, null);
    assertEquals(lines, [
      `error LLM error: no model: set llm.model, e.g. llama3.2:3b${OFF}`,
    ]);
  }
});

test("openai missing key is logged and leaves the model off", async () => {
  const { provider, lines } = await setup({ provider: "openai", model: "gpt-5-mini" });
  assertEquals(provider, null);
  assertEquals(lines, [
    `error LLM error: no API key: set llm.openai_api_key or OPENAI_API_KEY${OFF}`,
  ]);
});

test("openai key is optional for other addresses than OpenAI's", async () => {
  const own = { provider: "openai", model: "m", openai_base_url: "http://lm:1234/v1/" };
  const { provider, lines } = await setup(own);
  assertEquals(provider, { name: "openai", model: "m", host: "http://lm:1234/v1" });
  assertEquals(lines, []);
});

test("openai key is read from the environment", async () => {
  const env = { OPENAI_API_KEY: "sk-12345" };
  const { provider } = await setup({ provider: "openai", model: "gpt-5-mini" }, env);
  assertEquals(provider?.host, "https://api.openai.com/v1");
});

test("key with invalid characters is rejected without being logged", async () => {
  const keys = ["sk-SECRET\nsecond", "sk-SECRET\r\n", "sk SECRET", "sk-SECRET\u0000", "sk-SECRÉT"];
  for (const key of keys) {
    for (
      const [llm, env] of [
        [{ provider: "openai", model: "m", openai_api_key: key }, {}],
        [{ provider: "openai", model: "m" }, { OPENAI_API_KEY: key }],
        [{ provider: "ollama", model: "m" }, { OLLAMA_API_KEY: key }],
      ] as const
    ) {
      const { provider, lines } = await setup(llm, { ...env });
      assertEquals(provider, null);
      assertEquals(lines, [
        "error LLM error: the API key holds blanks or characters that no header can carry" + OFF,
      ]);
    }
  }
});

test("list of hosts makes a provider for each valid host, with its own model", async () => {
  const ollama_host = ["http://a:1", { url: "http://b:2/x", model: "big" }, "c:3", {
    url: "ftp://d",
  }];
  const { all, lines } = await setup({ model: "small", ollama_host });
  assertEquals(all, [
    { name: "ollama", model: "small", host: "http://a:1" },
    { name: "ollama", model: "big", host: "http://b:2/x" },
  ]);
  assertEquals(lines, [
    'error LLM error: Cannot use llm.ollama_host[2]: the address must begin with http:// or https://, found "c:3"; did you mean "http://c:3"?; the others are used',
    'error LLM error: Cannot use llm.ollama_host[3].url: unsupported protocol ftp://, found "ftp://d"; did you mean "http://d"?; the others are used',
  ]);
});

test("each fallback makes its own provider, or says where its mistake is", async () => {
  const fallbacks = [
    { ollama_host: "http://b:2" },
    { provider: "gemini", model: "m" },
    { provider: "openai", model: "gpt" },
    { openai_base_url: "http://lm/v1" },
    { model: "gpt", openai_base_url: "https://api.openai.com/v1", headers: { Authorization: "k" } },
    { ollama_host: "gpu:1" },
  ];
  const { all, lines } = await setup({ model: "m", ollama_host: "http://a:1", fallbacks });
  assertEquals(all, [
    { name: "ollama", model: "m", host: "http://a:1" },
    { name: "ollama", model: "m", host: "http://b:2" },
    { name: "openai", model: "gpt", host: "https://api.openai.com/v1" },
  ]);
  const key = 'set llm.fallbacks[2].openai_api_key, e.g. to {"env": "OPENAI_API_KEY"}';
  assertEquals(lines.map((line) => line.replace("; the others are used", "")), [
    "error Unknown LLM provider: gemini (known are ollama and openai) in llm.fallbacks[1]",
    `error LLM error: no API key: ${key}`,
    "error LLM error: no model: set llm.fallbacks[3].model, e.g. llama3.2:3b",
    'error LLM error: Cannot use llm.fallbacks[5].ollama_host: the address must begin with http:// or https://, found "gpu:1"; did you mean "http://gpu:1"?',
  ]);
});
