import { assertEquals } from "@std/assert";
import { withoutDefaults } from "../../src/config/schema.ts";
import { allSettings } from "../../src/config/settings.ts";
import { test } from "../testing.ts";

test("a file without its defaults keeps what differs, and what an empty section switches on", () => {
  const file = {
    _note: "a comment",
    domain: "https://cytu.be",
    channel: "room",
    log_level: "INFO",
    status: {},
    commands: { prefix: "!" },
    llm: {
      enabled: true,
      ollama_host: "http://localhost:11434",
      llm_triggers: [],
      options: {},
      think: false,
      speak_on: { join: { cooldown: 300, chance: 0.5 }, media: { chance: 1 } },
    },
  };
  assertEquals(withoutDefaults(allSettings, file), {
    _note: "a comment",
    channel: "room",
    llm: { enabled: true, speak_on: { join: { chance: 0.5 }, media: {} } },
  });
});
