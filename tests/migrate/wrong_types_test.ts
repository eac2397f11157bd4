import { assert, assertEquals } from "@std/assert";
import { ConfigError } from "../../src/errors.ts";
import { migrate } from "../../src/migrate/migrate.ts";
import { test } from "../testing.ts";
import { load } from "../config/loading.ts";

const FILES = { readable: (path: string) => path, writable: (path: string) => path };

/** Every key that is known, in all forms at once. */
const TEMPLATE = {
  version: "2.0",
  domain: "cytu.be",
  channel: ["room", "pw"],
  user: ["Rosey", "pw"],
  response_timeout: 1,
  restart_delay: 5,
  log_level: "WARNING",
  chat_log_file: "chat.log",
  media_log_file: "media.log",
  state_file: "state.db",
  shell: { enabled: true },
  db: "a.db",
  database: { path: "bot_data.db" },
  nats: { url: "nats://localhost" },
  nats_url: "nats://localhost",
  plugins: {},
  plugin_dir: "plugins",
  kick_pause: 5,
  status: { port: 8081 },
  commands: { prefix: "!" },
  odd: { odd: 1 },
  cytube: { host: "cytu.be", secure: true, channel: "room", username: "Bot", odd: 1 },
  logging: { level: "INFO", chat_log_file: "chat.log", media_log_file: "", odd: 1 },
  platforms: [
    { type: "cytube", name: "a", enabled: true, domain: "https://a", channel: "one", odd: 1 },
    { type: "discord" },
    { enabled: false },
  ],
  llm: {
    enabled: true,
    provider: "ollama",
    system_prompt_file: "prompt.md",
    personas: "personas",
    ca_file: "ca.pem",
    max_context_messages: 8,
    temperature: 0.7,
    max_tokens: 500,
    log_only: true,
    llm_cooldown: 10,
    headers: { "X-A": "b" },
    fallbacks: [{ model: "m" }],
    speak_on: { join: { chance: 0.5 }, keyword: { words: ["a"], chance: 1 } },
    ollama: { base_url: "http://gpu:11434", model: "llama3", odd: 1 },
    openai: { api_key: "sk-1", model: "gpt", base_url: "https://o/v1", odd: 1 },
    openrouter: { api_key: "sk-2", model: "v/m", site_url: "https://a", site_name: "b" },
    triggers: {
      enabled: true,
      direct_mention: true,
      commands: ["!ai", "!ask"],
      ambient_chat: { enabled: true, every_n_messages: 25, randomness: 0.5, odd: 1 },
      keywords: [{ phrases: ["a"], probability: 0.2, cooldown_seconds: 60, odd: 1 }],
      greetings: {
        enabled: true,
        on_join: { enabled: true, probability: 0.3, idle_threshold_minutes: 60, odd: 1 },
        on_status_change: { enabled: false },
        odd: 1,
      },
      odd: 1,
    },
  },
};

const VALUES: readonly unknown[] = [
  ...[null, true, false, 0, -1, 2.5, 1e9, "", " ", "text", "constructor", "__proto__"],
  ...[[], [null], [[]], [{}], ["a", 5], {}, { a: null }, { __proto__: null, enabled: "x" }],
];

/** What the configuration says wrongly; the files that it names need not be there. */
function mistakes(config: object): string[] {
  try {
    load(config);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.filter((problem) =>
      /: (?:expected(?! a file of its own)|missing)/.test(problem)
    );
  }
}

/** Numbers from 0 to 1, the same in each run. */
function seeded(seed: number): () => number {
  return () => (seed = seed * 48_271 % 2_147_483_647) / 2_147_483_647;
}

/** A copy in which a value here and there is another one. */
function damaged(value: unknown, random: () => number): unknown {
  if (random() < 0.06) return VALUES[Math.floor(random() * VALUES.length)];
  if (Array.isArray(value)) return value.map((each) => damaged(each, random));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, damaged(each, random)]),
  );
}

/** The paths of all keys that have no keys in them. */
function paths(value: unknown, path: string): string[] {
  const isSection = typeof value === "object" && value !== null && Object.keys(value).length > 0;
  if (!isSection) return [path];
  return Object.entries(value).flatMap(([key, each]) =>
    paths(each, Array.isArray(value) ? `${path}[${key}]` : path ? `${path}.${key}` : key)
  );
}

test("a value of a wrong type is not taken over, and it is said why", () => {
  const { configs: [made], report } = migrate({
    channel: "a room",
    user: ["Rosey", 5],
    log_level: 3,
    kick_pause: "long",
    logging: "INFO",
    platforms: { type: "cytube" },
    llm: {
      provider: ["ollama"],
      enabled: "yes",
      temperature: "hot",
      max_context_messages: null,
      openai: "sk-key-planted",
      ollama: { base_url: 11434, model: "llama3" },
      triggers: {
        enabled: "no",
        commands: "!ai",
        ambient_chat: null,
        keywords: [
          { phrases: ["film"], probability: "high" },
          { phrases: ["popcorn"], probability: 0.5 },
          "snacks",
        ],
        greetings: { enabled: 1, on_join: { probability: "high" } },
      },
    },
  }, FILES);
  assertEquals(made!.config, {
    llm: {
      model: "llama3",
      speak_on: { keyword: { words: ["popcorn"], chance: 0.5, cooldown: 300 } },
    },
  });
  const name = (most: number) => `(1 to ${most} of a-z A-Z 0-9 _ -), or [name, password]`;
  const not = "not taken over: ";
  assertEquals(Object.fromEntries(report), {
    "channel": `${not}"a room" is not the channel's name ${name(30)}`,
    "user": `${not}a list of 2 is not a user name ${name(20)}`,
    "log_level": `${not}3 is not a text`,
    "kick_pause": `${not}"long" is not a number of seconds above 0, up to 2000000`,
    "logging": `${not}a string is not an object`,
    "platforms": `${not}an object is not a list`,
    "llm.provider": `${not}a list of 1 is not a text`,
    "llm.enabled": `${not}"yes" is not true or false`,
    "llm.temperature": `${not}"hot" is not a number`,
    "llm.max_context_messages": `${not}null is not a whole number from 0 to 1000`,
    "llm.openai": `${not}a string is not an object`,
    "llm.ollama.base_url": `${not}11434 is not an http:// or https:// URL, ` +
      '{"url": …, "model", "api_key", "ca_file", "headers"}, or a list of these',
    "llm.ollama.model": "→ llm.model",
    "llm.triggers.enabled": `${not}"no" is not true or false`,
    "llm.triggers.commands": `${not}"!ai" is not a list`,
    "llm.triggers.ambient_chat": `${not}null is not an object`,
    "llm.triggers.keywords[0]":
      `${not}llm.speak_on.keyword.chance: "high" is not a number above 0, up to 1`,
    "llm.triggers.keywords[2]": `${not}a string is not an object`,
    "llm.triggers.keywords": "→ llm.speak_on.keyword",
    "llm.triggers.greetings.enabled": `${not}1 is not true or false`,
    "llm.triggers.greetings.on_join":
      `${not}llm.speak_on.join.chance: "high" is not a number above 0, up to 1`,
  });
});

test("an account that only looks like a placeholder is taken over", () => {
  const { configs: [made], report } = migrate({
    channel: "your_friends",
    user: ["YourFriend", "pw"],
    llm: { openai: { api_key: "sk-YOUR_OPENAI_API_KEY" } },
  }, FILES);
  assertEquals(made!.config, { channel: "your_friends", user: ["YourFriend", "pw"] });
  assertEquals(report.get("user"), "the same");
});

test("whatever is in an old configuration, every key is reported and the rest can be loaded", () => {
  const random = seeded(14);
  for (let round = 0; round < 300; round++) {
    const entries = Object.entries(TEMPLATE);
    const old = Object.fromEntries(entries.map(([key, value]) => [key, damaged(value, random)]));
    const { configs, report } = migrate(old, FILES);
    for (const path of paths(old, "").filter(Boolean)) {
      const isTold = [...report.keys()].some((key) =>
        path === key || (path.startsWith(key) && /^[.[]/.test(path.slice(key.length)))
      );
      assert(isTold, `${path} of ${JSON.stringify(old)}`);
    }
    for (const { config } of configs) {
      const wrong = mistakes({ channel: "room", user: "Rosey", ...config });
      assertEquals(wrong, [], JSON.stringify(old.llm));
    }
  }
});
