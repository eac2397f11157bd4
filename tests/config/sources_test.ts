import { assertEquals } from "@std/assert";
import { load, MINIMAL, PEM, problemsOf, type World } from "./loading.ts";
import { test } from "../testing.ts";

test("flag overrides environment, environment overrides file, file overrides default", () => {
  const file = { ...MINIMAL, log_level: "ERROR", llm: { ollama_host: "http://file" } };
  const env = { OLLAMA_HOST: "http://env", ROSEY_LOG_LEVEL: "warn" };
  const flags = { ollamaHost: "http://flag", logLevel: "DEBUG", logFormat: "journal" };
  const seen = (config: unknown, world?: World) => {
    const { logLevel, logFormat, llm } = load(config, world).settings;
    return [llm.ollamaHosts[0]?.url, llm.ollamaHosts[0]?.source, logLevel, logFormat];
  };
  assertEquals(seen(MINIMAL), ["http://localhost:11434", "llm.ollama_host", "INFO", "auto"]);
  assertEquals(seen(file), ["http://file", "llm.ollama_host", "ERROR", "auto"]);
  assertEquals(seen(file, { env }), ["http://env", "OLLAMA_HOST", "WARN", "auto"]);
  assertEquals(seen(file, { env, flags }), [
    "http://flag",
    "--ollama-host",
    "DEBUG",
    "journal",
  ]);
});

test("configuration treats an empty variable as unset", () => {
  const names = [
    "OLLAMA_HOST",
    "OLLAMA_API_KEY",
    "OPENAI_API_KEY",
    "ROSEY_PASSWORD",
    "ROSEY_LOG_LEVEL",
  ];
  const env = Object.fromEntries(names.map((name) => [name, ""]));
  const file = {
    ...MINIMAL,
    user: ["Rosey", "of the file"],
    log_level: "WARN",
    llm: { ollama_host: "http://file", openai_api_key: "sk-file" },
  };
  assertEquals(load(file, { env }), load(file));
});

test("configuration ignores comments and the schema's address", () => {
  const { warnings } = load({
    $schema: "./config.schema.json",
    _: "a comment",
    _anything: { of: ["any", "type"] },
    ...MINIMAL,
    llm: { _enabled: 1, enabled: false },
  });
  assertEquals(warnings, []);
});

test("configuration warns of an unknown key with the nearest setting", () => {
  const { warnings } = load({
    ...MINIMAL,
    chanel: "typo",
    Domain: "https://cytu.be",
    nonsense_without_a_neighbour: 1,
    llm: { ollama_hots: "http://gpu", cooldown: 3, system_prompt_fle: "x" },
  });
  assertEquals(warnings, [
    "chanel is not a setting and has no effect; did you mean channel?",
    "Domain is not a setting and has no effect; did you mean domain?",
    "nonsense_without_a_neighbour is not a setting and has no effect",
    "llm.ollama_hots is not a setting and has no effect; did you mean llm.ollama_host?",
    "llm.cooldown is not a setting and has no effect; did you mean llm.llm_cooldown?",
    "llm.system_prompt_fle is not a setting and has no effect; did you mean llm.system_prompt_file?",
  ]);
});

test("configuration reads the persona from a file instead of the prompt, and says so", () => {
  const { settings, warnings } = load(
    { ...MINIMAL, llm: { system_prompt: "A", system_prompt_file: "persona.md" } },
    { files: { "/etc/rosey/persona.md": "You are a pirate.\n" } },
  );
  assertEquals(settings.llm.persona.text, "You are a pirate.\n");
  assertEquals(warnings, ["llm.system_prompt has no effect beside llm.system_prompt_file"]);
});

test("paths are relative to the folder of the configuration", () => {
  const { settings } = load({
    ...MINIMAL,
    chat_log_file: "chat.log",
    media_log_file: "/var/m.log",
    state_file: "rosey.db",
  });
  assertEquals(settings.chatLogFile, "/etc/rosey/chat.log");
  assertEquals(settings.mediaLogFile, "/var/m.log");
  assertEquals(settings.stateFile, "/etc/rosey/rosey.db");
});

test("configuration checks the certificates of a private authority", () => {
  const config = { ...MINIMAL, llm: { ca_file: "ca.pem" } };
  const files = (text: string) => ({ files: { "/etc/rosey/ca.pem": text } });
  assertEquals(load(config, files(PEM)).settings.llm.caCertificates, PEM);
  assertEquals(problemsOf(config), [
    "llm.ca_file: cannot read ca.pem: there is no such file or folder",
  ]);
  const key = "-----BEGIN PRIVATE KEY-----\nTUlJQg==\n-----END PRIVATE KEY-----\n";
  for (const text of ["", "garbage", key, PEM.replace("-----END", "")]) {
    assertEquals(problemsOf(config, files(text)), [
      "llm.ca_file: ca.pem holds no PEM certificate",
    ]);
  }
});

test("configuration warns of a password in an address that an API key replaces", () => {
  const told = "its name:password@ is not sent, as there is an API key";
  const ollama = ["https://a:b@one", { url: "https://a:b@two", api_key: "k" }, "https://three"];
  const openai = { openai_base_url: "https://a:b@four/v1", openai_api_key: "k" };
  const llm = { enabled: true, ollama_host: ollama, fallbacks: [openai] };
  const { warnings } = load({ ...MINIMAL, llm });
  assertEquals(warnings, [
    `llm.ollama_host[1].url: ${told}`,
    `llm.fallbacks[0].openai_base_url: ${told}`,
  ]);
});

test("configuration warns of a trigger that is a command", () => {
  const llm = { llm_triggers: ["!help", "!ai", "help", "!RESET now"] };
  const about = (trigger: string) =>
    `llm.llm_triggers: "${trigger}" has no effect: it is a command, see commands.names`;
  assertEquals(load({ ...MINIMAL, llm }).warnings, [about("!help"), about("!RESET now")]);
  const commands = { names: { help: "" }, prefix: "?" };
  assertEquals(load({ ...MINIMAL, llm, commands }).warnings, []);
});

test("configuration takes one keyword section or a list of them", () => {
  const keywords = (keyword: unknown) =>
    load({ ...MINIMAL, llm: { speak_on: { keyword } } }).settings.llm.speakOn.keyword;
  const film = { words: ["film"] };
  const read = { words: ["film"], chance: 1, cooldownSeconds: 300 };
  assertEquals(keywords(film), [read]);
  assertEquals(keywords([film, { words: ["a", "b"], chance: 0.5, cooldown: 0 }]), [
    read,
    { words: ["a", "b"], chance: 0.5, cooldownSeconds: 0 },
  ]);
  const wrong = { speak_on: { keyword: [film, { words: 5 }, 5] } };
  assertEquals(problemsOf({ ...MINIMAL, llm: wrong }), [
    "llm.speak_on.keyword[1].words: expected a list of words, found a number",
    "llm.speak_on.keyword[2]: expected an object, found a number",
  ]);
});
