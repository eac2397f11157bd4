import { assertEquals } from "@std/assert";
import { migrate } from "../../src/migrate/migrate.ts";
import { test } from "../testing.ts";
import { load } from "../config/loading.ts";

const FILES = { readable: (path: string) => path, writable: (path: string) => path };
const NONE = "no counterpart: left out";
const OFF = "off, as it is without the setting";

/** The `llm` section, and what is reported of `llm.triggers`. */
function migrated(triggers: Record<string, unknown>) {
  const { configs, report } = migrate({ channel: "a", user: "Rosey", llm: { triggers } }, FILES);
  const told = [...report].map(([key, became]) => [key.replace(/^llm\.triggers\./, ""), became]);
  const { config } = configs[0]!;
  return { llm: Object(config.llm), config, told: Object.fromEntries(told.slice(2)) };
}

test("old triggers become llm_triggers and speak_on, and the rest is reported", () => {
  const { llm, told, config } = migrated({
    enabled: true,
    direct_mention: true,
    commands: ["!ai", "!ask"],
    ambient_chat: { enabled: true, every_n_messages: 25, randomness: 0.5 },
    keywords: [
      { phrases: ["popcorn"], probability: 0.2, cooldown_seconds: 60 },
      { phrases: ["film", "old film"], probability: 0.2, cooldown_seconds: 60 },
    ],
    greetings: {
      enabled: true,
      on_join: { enabled: true, probability: 0.3, idle_threshold_minutes: 60, specific_users: {} },
      on_status_change: { enabled: false },
    },
  });
  assertEquals(llm, {
    llm_triggers: ["Rosey", "!ai", "!ask"],
    speak_on: {
      messages: { every: 25 },
      keyword: { words: ["popcorn", "film", "old film"], chance: 0.2, cooldown: 60 },
      join: { chance: 0.3 },
    },
  });
  assertEquals(told, {
    "enabled": "always on",
    "direct_mention": "→ llm.llm_triggers, as the bot's own name",
    "commands": "→ llm.llm_triggers",
    "ambient_chat.enabled": "→ llm.speak_on.messages",
    "ambient_chat.every_n_messages": "→ llm.speak_on.messages.every",
    "ambient_chat.randomness": "no counterpart: the count does not vary; chance may make it rarer",
    "keywords": "→ llm.speak_on.keyword",
    "greetings.enabled": "as it is with llm.speak_on.join",
    "greetings.on_join": "→ llm.speak_on.join",
    "greetings.on_join.idle_threshold_minutes": NONE,
    "greetings.on_join.specific_users": NONE,
    "greetings.on_status_change": NONE,
  });
  assertEquals(load(config).settings.llm.speakOn.messages?.every, 25);
});

test("keywords with different chances stay apart", () => {
  const { llm, told } = migrated({
    keywords: [
      { phrases: ["popcorn"], probability: 0.2, cooldown_seconds: 60 },
      { phrases: "film" },
      { phrases: ["never"], probability: 0 },
      { probability: 0.5 },
    ],
  });
  assertEquals(llm.speak_on.keyword, [
    { words: ["popcorn"], chance: 0.2, cooldown: 60 },
    { words: ["film"], chance: 0.1, cooldown: 300 },
  ]);
  assertEquals(told, {
    "keywords[2]": "a chance of 0 is off: left out",
    "keywords[3]": NONE,
    "keywords": "→ llm.speak_on.keyword",
  });
});

test("what is off in the old triggers stays off", () => {
  const { llm, told } = migrated({
    enabled: false,
    direct_mention: false,
    commands: [],
    ambient_chat: { enabled: false, every_n_messages: 20 },
    keywords: [],
    greetings: { enabled: false, on_join: { enabled: true, probability: 0.2 } },
  });
  assertEquals(llm, { enabled: false });
  assertEquals(told, {
    "enabled": "→ llm.enabled: false",
    "direct_mention": "no counterpart: without other words the bot's own name calls it",
    "commands": "empty: the bot's own name calls it",
    "ambient_chat.enabled": OFF,
    "ambient_chat.every_n_messages": OFF,
    "keywords": OFF,
    "greetings.enabled": OFF,
    "greetings.on_join": OFF,
  });
});

test("words call the bot without its name if its name did not", () => {
  const { llm, told } = migrated({ direct_mention: false, commands: ["!ai"] });
  assertEquals(llm.llm_triggers, ["!ai"]);
  assertEquals(told.direct_mention, "the bot's own name is not in llm.llm_triggers");
});
