import { assertEquals } from "@std/assert";
import { changesBetween } from "../../src/config/settings.ts";
import { load, MINIMAL } from "./loading.ts";
import { test } from "../testing.ts";

test("changes have the names of the file, separated by whether they need a restart", () => {
  const before = load({ ...MINIMAL, log_level: "INFO" }).settings;
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
  }).settings;
  assertEquals(changesBetween(before, after), {
    live: ["log_level", "llm.ollama_host", "llm.options", "llm.llm_triggers"],
    restart: ["user", "kick_pause", "log_max_mb", "log_keep", "state_file", "status.port"],
  });
});
