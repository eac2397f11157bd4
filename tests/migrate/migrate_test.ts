import { assertEquals } from "@std/assert";
import type { RawSection } from "../../src/config/schema.ts";
import { migrate } from "../../src/migrate/migrate.ts";
import { test } from "../testing.ts";
import { load } from "../config/loading.ts";

const FILES = {
  readable: (path: string) => path === "gone.md" ? undefined : `old/${path}`,
  writable: (path: string) => `old/${path}`,
};

/** The first configuration, and the report as an object. */
function migrated(old: RawSection) {
  const { configs, report } = migrate(old, FILES);
  return { ...configs[0]!, count: configs.length, report: Object.fromEntries(report) };
}

const BUS = "left out: the bot is one program and needs no message bus";
const DATABASE = "left out: it is another database; state_file keeps what survives a restart";
const NONE = "no counterpart: left out";

/** As in both templates. */
const LLM = {
  _comment: "optional",
  enabled: true,
  provider: "ollama",
  system_prompt_file: "prompt.md",
  max_context_messages: 8,
  temperature: 0.7,
  max_tokens: 500,
  log_only: true,
  openai: { api_key: "sk-YOUR_OPENAI_API_KEY", model: "gpt-4o-mini", base_url: "https://o/v1" },
  ollama: { base_url: "http://gpu:11434", model: "llama3" },
  openrouter: { api_key: "sk-or-1", model: "vendor/model", site_url: "https://a.example" },
};

test("a configuration of this project's form is taken over as it is", () => {
  const old = {
    domain: "https://cytu.be",
    channel: ["room", { file: "channel-password" }],
    user: ["Rosey", "secret"],
    log_level: "INFO",
    llm: {
      enabled: true,
      provider: "ollama",
      model: "llama3.2:3b",
      ollama_host: "http://gpu:11434",
      openai_api_key: "",
      llm_triggers: ["rosey", "@rosey"],
      llm_cooldown: 10,
      speak_on: { join: { chance: 0.5 } },
      personalities: 3,
    },
  };
  const { config, report, fallbacks, dryRun } = migrated(old);
  const { personalities: _, ...llm } = old.llm;
  assertEquals(config, { ...old, channel: ["room", { file: "old/channel-password" }], llm });
  assertEquals([fallbacks, dryRun], [[], false]);
  assertEquals(report["llm.llm_triggers"], "the same");
  assertEquals(report["llm.speak_on.join.chance"], "the same");
  assertEquals(report["llm.personalities"], NONE);
});

test("the flat form, version 1, is migrated key by key", () => {
  const { config, report, fallbacks, dryRun, count } = migrated({
    domain: "cytu.be",
    channel: "room",
    user: ["Rosey", "secret"],
    response_timeout: 1,
    restart_delay: 5,
    log_level: "WARNING",
    chat_log_file: "chat.log",
    media_log_file: "",
    shell: "localhost:5555",
    db: "bot_data.db",
    llm: LLM,
  });
  assertEquals(config, {
    domain: "https://cytu.be",
    channel: "room",
    user: ["Rosey", "secret"],
    log_level: "WARN",
    chat_log_file: "old/chat.log",
    llm: {
      enabled: true,
      provider: "ollama",
      system_prompt_file: "old/prompt.md",
      max_history_messages: 8,
      options: { temperature: 0.7, num_predict: 500 },
      ollama_host: "http://gpu:11434",
      model: "llama3",
    },
  });
  assertEquals(
    load(config, { files: { "/etc/rosey/old/prompt.md": "You are {bot}." } }).settings.llm.persona
      .text,
    "You are {bot}.",
  );
  assertEquals(fallbacks, [{
    provider: "openai",
    openai_base_url: "https://openrouter.ai/api/v1",
    openai_api_key: "sk-or-1",
    model: "vendor/model",
    headers: { "HTTP-Referer": "https://a.example" },
    options: { temperature: 0.7, max_tokens: 500 },
  }]);
  assertEquals([dryRun, count], [true, 1]);
  assertEquals(report, {
    "domain": "the same",
    "channel": "the same",
    "user": "the same",
    "response_timeout":
      "left out: it was a limit of the socket; llm.response_timeout is something else",
    "restart_delay": "left out: the bot reconnects by itself, with growing pauses",
    "log_level": "the same",
    "chat_log_file": "the same",
    "media_log_file": "left out: it is empty",
    "shell": "left out: there is no shell; moderators use commands in the channel, such as !status",
    "db": DATABASE,
    "llm.enabled": "the same",
    "llm.provider": "the same",
    "llm.system_prompt_file": "the same",
    "llm.max_context_messages": "→ llm.max_history_messages",
    "llm.temperature": "→ llm.options.temperature",
    "llm.max_tokens": "→ llm.options.num_predict",
    "llm.log_only": "start the bot with --dry-run",
    "llm.openai": "not in use and without API key: left out",
    "llm.ollama.base_url": "→ llm.ollama_host",
    "llm.ollama.model": "→ llm.model",
    "llm.openrouter.api_key": "→ llm.fallbacks[].openai_api_key, if you want it",
    "llm.openrouter.model": "→ llm.fallbacks[].model, if you want it",
    "llm.openrouter.site_url": "→ llm.fallbacks[].headers.HTTP-Referer, if you want it",
  });
});

test("the provider's name counts in any case, and a folder of personas keeps its place", () => {
  const openai = { api_key: "sk-1", model: "m", base_url: "https://o/v1" };
  const llm = { enabled: true, provider: "OpenAI", openai, personas: "personas" };
  const { config } = migrated({ domain: "https://c", channel: "room", user: "Rosey", llm });
  assertEquals(config.llm, {
    enabled: true,
    provider: "openai",
    openai_api_key: "sk-1",
    openai_base_url: "https://o/v1",
    model: "m",
    personas: "old/personas",
  });
});

test("version 2 becomes one configuration for each enabled CyTube platform", () => {
  const old = {
    version: "2.0",
    nats: { url: "nats://localhost:4222" },
    database: { path: "bot_data.db", run_as_service: true },
    platforms: [
      { type: "cytube", name: "primary", enabled: true, domain: "https://a", channel: "one" },
      { type: "cytube", name: "off", enabled: false, domain: "https://b", channel: "two" },
      { type: "discord", name: "d", enabled: true },
      { domain: "https://c", channel: "YourChannelName", user: ["YourUsername", "YourPassword"] },
    ],
    logging: { level: "CRITICAL", chat_log_file: "chat.log" },
    plugins: { enabled: true },
    llm: { enabled: false, system_prompt_file: "gone.md" },
  };
  const { configs, report } = migrate(old, FILES);
  const shared = { log_level: "ERROR", chat_log_file: "old/chat.log", llm: { enabled: false } };
  assertEquals(configs.map(({ config }) => config), [
    { domain: "https://a", channel: "one", ...shared },
    { domain: "https://c", ...shared },
  ]);
  assertEquals(Object.fromEntries(report), {
    "platforms[0].type": "not needed",
    "platforms[0].name": "not needed",
    "platforms[0].enabled": "not needed",
    "platforms[0].domain": "→ domain",
    "platforms[0].channel": "→ channel",
    "platforms[1]": "off: left out",
    "platforms[2]": "not a CyTube channel: left out",
    "platforms[3].domain": "→ domain",
    "platforms[3].channel": "a placeholder of the template: left out",
    "platforms[3].user": "a placeholder of the template: left out",
    "version": "left out: this configuration has none",
    "nats": BUS,
    "database": DATABASE,
    "plugins": "left out: there are no plugins",
    "logging.level": "→ log_level",
    "logging.chat_log_file": "→ chat_log_file",
    "llm.enabled": "the same",
    "llm.system_prompt_file":
      "left out: there is no file gone.md; the bot has a persona of its own",
  });
});

test("the short form with a section cytube is migrated", () => {
  const { config, report } = migrated({
    cytube: { host: "cytu.be", secure: true, channel: "room", username: "RoseyBot" },
    nats_url: "nats://localhost:4222",
    plugin_dir: "plugins",
    log_level: "INFO",
  });
  const expected = { domain: "https://cytu.be", channel: "room", user: "RoseyBot" };
  assertEquals(config, { ...expected, log_level: "INFO" });
  assertEquals(report["cytube.secure"], "→ domain");
  assertEquals(report.nats_url, BUS);
});

test("a site on this machine has http, and another one https unless it is told", () => {
  const domain = (old: RawSection) => migrated(old).config.domain;
  assertEquals(domain({ domain: "127.0.0.1:18090" }), "http://127.0.0.1:18090");
  assertEquals(domain({ domain: "localhost:8080" }), "http://localhost:8080");
  assertEquals(domain({ domain: "cytu.example:80" }), "http://cytu.example:80");
  assertEquals(domain({ domain: "cytu.be:8443" }), "https://cytu.be:8443");
  assertEquals(domain({ cytube: { host: "[::1]:8080" } }), "http://[::1]:8080");
  assertEquals(domain({ cytube: { secure: true, host: "localhost" } }), "https://localhost");
});

test("openrouter is an OpenAI-compatible server with its own address", () => {
  const { config, report, fallbacks } = migrated({ llm: { ...LLM, provider: "openrouter" } });
  const { options, headers, provider, openai_base_url, model } = Object(config.llm);
  assertEquals(
    [provider, openai_base_url, model],
    ["openai", "https://openrouter.ai/api/v1", "vendor/model"],
  );
  assertEquals(options, { temperature: 0.7, max_tokens: 500 });
  assertEquals(headers, { "HTTP-Referer": "https://a.example" });
  assertEquals(report["llm.provider"], "→ openai");
  assertEquals(fallbacks, [{
    provider: "ollama",
    ollama_host: "http://gpu:11434",
    model: "llama3",
    options: { temperature: 0.7, num_predict: 500 },
  }]);
});
