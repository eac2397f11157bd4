import { assertEquals } from "@std/assert";
import { changesBetween } from "../../src/config/settings.ts";
import { loadConfig } from "../../src/config/load.ts";
import type { Settings } from "../../src/config/settings.ts";
import { test } from "../testing.ts";

const MINIMAL = { channel: "room", user: "Rosey" };

function load(config: Record<string, unknown>): Settings {
  const readFile = () => JSON.stringify(config);
  return loadConfig("config.json", { readFile, env: () => undefined }).settings;
}

test("changes have the names of the file, separated by whether they need a restart", () => {
  const before = load({ ...MINIMAL, log_level: "INFO" });
  assertEquals(changesBetween(before, before), { live: [], restart: [] });
  const after = load({
    ...MINIMAL,
    user: "Other",
    kick_pause: 60,
    log_level: "DEBUG",
    log_max_mb: 1,
    log_keep: 1,
    state_file: "/s.db",
    status: { port: 9100 },
    llm: { llm_triggers: ["x"], ollama_host: "http://gpu", options: { num_ctx: 1 } },
  });
  assertEquals(changesBetween(before, after), {
    live: ["log_level", "llm.ollama_host", "llm.options", "llm.llm_triggers"],
    restart: ["user", "kick_pause", "log_max_mb", "log_keep", "state_file", "status.port"],
  });
});
