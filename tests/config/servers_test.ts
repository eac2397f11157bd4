import { assert, assertEquals } from "@std/assert";
import { serversOf } from "../../src/config/servers.ts";
import { load, MINIMAL, PEM, problemsOf, type World } from "./loading.ts";
import { test } from "../testing.ts";

function servers(llm: Record<string, unknown>, world?: World) {
  return serversOf(load({ ...MINIMAL, llm }, world).settings.llm);
}

function warnings(llm: Record<string, unknown>, world?: World): readonly string[] {
  return load({ ...MINIMAL, llm: { enabled: true, ...llm } }, world).warnings;
}

const CLOUD = "https://ollama.com";

test("fallbacks come after every server of llm, in their order", () => {
  const llm = {
    model: "small",
    ollama_host: ["http://localhost:1", { url: "http://localhost:2", model: "big" }],
    fallbacks: [
      { ollama_host: ["http://localhost:3", "http://localhost:4"] },
      { provider: "OpenAI", model: "gpt", openai_base_url: "http://localhost:5/v1" },
    ],
  };
  assertEquals(servers(llm).map(({ provider, model, url }) => [provider, model, url.slice(16)]), [
    ["ollama", "small", ":1"],
    ["ollama", "big", ":2"],
    ["ollama", "small", ":3"],
    ["ollama", "small", ":4"],
    ["openai", "gpt", ":5/v1"],
  ]);
});

test("a fallback has the limits of llm, and its model if both are of one kind", () => {
  const llm = {
    model: "small",
    response_timeout: 7,
    options: { num_ctx: 4096 },
    think: true,
    headers: { "X-Gateway": "of-the-main-one" },
    ca_file: "ca.pem",
    fallbacks: [
      {},
      { model: "other", response_timeout: 9 },
      { openai_base_url: "http://localhost/v1" },
    ],
  };
  const files = { "/etc/rosey/ca.pem": PEM };
  const [, ...fallbacks] = servers(llm, { files });
  const shown = fallbacks.map((server) => [
    server.provider,
    server.model,
    server.responseTimeoutSeconds,
    server.loadTimeoutSeconds,
  ]);
  assertEquals(shown, [
    ["ollama", "small", 7, 300],
    ["ollama", "other", 9, 300],
    ["openai", "", 7, 300],
  ]);
  for (const { options, think, headers, caCertificates } of fallbacks) {
    assertEquals([options, think, headers, caCertificates], [{}, false, {}, undefined]);
  }
});

test("mistakes in a fallback are reported where they are, those of llm once", () => {
  const llm = {
    response_timeout: 0,
    fallbacks: [{ think: "very" }, "http://gpu", { model: 1, modell: "m" }, {
      ollama_host: { url: "http://gpu", api_key: { env: "NO_SUCH" } },
    }],
  };
  assertEquals(problemsOf({ ...MINIMAL, llm }), [
    "llm.response_timeout: expected a number of seconds above 0, up to 2000000, found 0",
    "llm.fallbacks[1]: expected an object, found a string",
  ]);
  llm.fallbacks.splice(1, 1);
  assertEquals(problemsOf({ ...MINIMAL, llm: { ...llm, response_timeout: 1 } }), [
    'llm.fallbacks[0].think: expected true, false, low, medium, high or max, found "very"',
    "llm.fallbacks[1].model: expected a text, found 1",
    "llm.fallbacks[2].ollama_host.api_key: the variable NO_SUCH is not set",
    "llm.fallbacks[1].modell is not a setting and has no effect; did you mean llm.fallbacks[1].model?",
  ]);
  assertEquals(problemsOf({ ...MINIMAL, llm: { fallbacks: {} } }), [
    "llm.fallbacks: expected a list of objects, found an object",
  ]);
});

test("OLLAMA_HOST and --ollama-host replace the main server's address alone", () => {
  const llm = { model: "m", ollama_host: "http://a", fallbacks: [{ ollama_host: "http://b" }] };
  const world = { env: { OLLAMA_HOST: "http://env" } };
  const shown = servers(llm, world).map(({ url, source }) => [url, source]);
  assertEquals(shown, [
    ["http://env", "OLLAMA_HOST"],
    ["http://b", "llm.fallbacks[0].ollama_host"],
  ]);
});

test("OLLAMA_API_KEY goes to the servers of llm, or to ollama.com alone if it is among the servers", () => {
  const env = { OLLAMA_API_KEY: "key-o", OPENAI_API_KEY: "key-a" };
  const keys = (llm: Record<string, unknown>) =>
    servers({ model: "m", ...llm }, { env }).map(({ apiKey }) => apiKey);
  const own = { url: "https://b", api_key: "own" };
  const openai = { openai_base_url: "https://c/v1" };
  assertEquals(keys({ ollama_host: ["https://a", own] }), ["key-o", "own"]);
  assertEquals(keys({ ollama_host: "https://a", fallbacks: [{ ollama_host: "https://b" }] }), [
    "key-o",
    undefined,
  ]);
  assertEquals(keys({ ollama_host: ["https://a", own, CLOUD] }), [undefined, "own", "key-o"]);
  assertEquals(keys({ ollama_host: "https://a", fallbacks: [{ ollama_host: CLOUD }] }), [
    undefined,
    "key-o",
  ]);
  const ownCloud = { ollama_host: { url: CLOUD, api_key: "own" } };
  assertEquals(keys({ ollama_host: "https://a", fallbacks: [ownCloud] }), ["key-o", "own"]);
  for (const other of ["https://ollama.com.evil.example", "https://notollama.com"]) {
    assertEquals(keys({ fallbacks: [{ ollama_host: other }] }), ["key-o", undefined]);
  }
  // OpenAI's key is that of the main server.
  assertEquals(keys({ fallbacks: [openai] }), ["key-o", undefined]);
  assertEquals(keys({ provider: "openai", fallbacks: [openai] }), ["key-a", undefined]);
  const named = { ...openai, openai_api_key: { env: "OPENAI_API_KEY" } };
  assertEquals(keys({ fallbacks: [named] }), ["key-o", "key-a"]);
});

test("headers for servers at home do not go to ollama.com", () => {
  const headers = { "X-Gateway": "secret" };
  const sent = (ollama_host: unknown) =>
    servers({ model: "m", ollama_host, headers }).map(({ headers }) => Object.keys(headers));
  assertEquals(sent(["https://a", CLOUD]), [["x-gateway"], []]);
  assertEquals(sent(CLOUD), [["x-gateway"]]);
});

test("headers are read from the file, variables and files, by their names in lower case", () => {
  const headers = {
    "CF-Access-Client-Id": "id.access",
    "CF-Access-Client-Secret": { env: "CF_SECRET" },
    "X-Api-Key": { file: "key" },
    "X-Empty": "",
  };
  const files = { "/etc/rosey/key": "key-of-file\n" };
  const world = { env: { CF_SECRET: "secret-of-env" }, files };
  const host = { url: "https://b", headers: { "X-Host": "own-of-host" } };
  const fallbacks = [{
    ollama_host: "https://c",
    headers: { Cookie: "CF_Authorization=a1b2c3d4" },
  }];
  const llm = { ollama_host: ["https://a", host], headers, fallbacks };
  const { settings, secrets } = load({ ...MINIMAL, llm }, world);
  assertEquals(serversOf(settings.llm).map(({ headers }) => headers), [
    {
      "cf-access-client-id": "id.access",
      "cf-access-client-secret": "secret-of-env",
      "x-api-key": "key-of-file",
    },
    { "x-host": "own-of-host" },
    { cookie: "CF_Authorization=a1b2c3d4" },
  ]);
  for (const value of ["id.access", "secret-of-env", "key-of-file", "own-of-host", "a1b2c3d4"]) {
    assert(secrets.includes(value), value);
  }
});

test("headers that show what an app is are no secrets", () => {
  const headers = { "HTTP-Referer": "https://rosey.example", "X-Title": "Rosey" };
  const { secrets } = load({ ...MINIMAL, llm: { ollama_host: "http://gpu", headers } });
  assertEquals(secrets, []);
  assertEquals(warnings({ ollama_host: "http://gpu", headers }), []);
});

test("headers that cannot be sent are problems, which show no value", () => {
  const headers = {
    "X-Token sekret-in-name": "x",
    "": "x",
    Host: "a",
    "Content-Length": "1",
    "X-A": "sekret\nX-Evil: yes",
    "X-B": "sekret-ä",
    "X-C": "one",
    "x-c": "two",
    "X-D": { env: "NO_SUCH" },
  };
  const problems = problemsOf({ ...MINIMAL, llm: { fallbacks: [{ headers }] } });
  assertEquals(problems.map((problem) => problem.replace("llm.fallbacks[0].headers.", "")), [
    "X-Token: a header's name has letters, digits and - only",
    ": a header's name has letters, digits and - only",
    "Host: the bot sets this header itself",
    "Content-Length: the bot sets this header itself",
    "X-A: its value holds characters that no header can carry",
    "X-B: its value holds characters that no header can carry",
    "x-c: the header is there twice",
    "X-D: the variable NO_SUCH is not set",
  ]);
  for (const headers of ["X-A: sekret", { "X-A": 12345678 }, { "X-A": ["sekret"] }]) {
    const said = problemsOf({ ...MINIMAL, llm: { headers } });
    assert(said.length === 1 && !/sekret|1234/.test(said[0]!), said.join());
  }
});

test("one warning names every server that gets a secret over plain http on another machine", () => {
  const headers = { "X-Key": "sekret-1" };
  const llm = {
    ollama_host: ["http://u:sekret-2@gpu", "http://u:sekret-3@localhost", "https://u:sekret-4@x"],
    fallbacks: [
      { ollama_host: "http://gpu2", headers },
      { openai_base_url: "http://lm/v1", openai_api_key: "sekret-5" },
      { openai_base_url: "http://127.0.0.1/v1", openai_api_key: "sekret-6" },
      { ollama_host: "http://gpu3" },
    ],
  };
  assertEquals(warnings(llm), [
    "llm.ollama_host[0], llm.fallbacks[0].ollama_host, llm.fallbacks[1].openai_base_url: a key or " +
    "password crosses http:// unencrypted; use https://, or a tunnel",
  ]);
  assertEquals(warnings({ ...llm, enabled: false }), []);
});

test("an Authorization among the headers replaces key and password, which is said", () => {
  const headers = { Authorization: "Bearer of-the-gateway" };
  const ollama_host = [{ url: "https://u:sekret@a", headers }, {
    url: "https://b",
    api_key: "k",
    headers,
  }];
  const why = "is not sent, as its headers have an Authorization";
  assertEquals(warnings({ ollama_host }), [
    `llm.ollama_host[0].url: its name:password@ ${why}`,
    `llm.ollama_host[1].url: its API key ${why}`,
  ]);
});
