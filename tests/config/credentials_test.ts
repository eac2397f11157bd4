import { assertEquals } from "@std/assert";
import { loadConfig } from "../../src/config/load.ts";
import { test } from "../testing.ts";

const MINIMAL = { channel: "room", user: "Rosey" };

test("service keeps its files in STATE_DIRECTORY and reads secrets from credentials", () => {
  const env = { STATE_DIRECTORY: "/var/lib/rosey:/x", CREDENTIALS_DIRECTORY: "/run/credentials/r" };
  const credentials: Record<string, string> = {
    "/run/credentials/r/rosey_password": "pw-credential\n",
    "/run/credentials/r/ollama_api_key": " ",
    "/run/credentials/r/openai_api_key": "key-credential",
  };
  const file = JSON.stringify({ ...MINIMAL, chat_log_file: "chat.log", state_file: "s.db" });
  const options = {
    env: (name: string) => (env as Record<string, string>)[name],
    readFile: (path: string) => {
      if (path === "config.json") return file;
      if (path in credentials) return credentials[path]!;
      throw new Deno.errors.NotFound();
    },
  };
  const { settings, secrets } = loadConfig("config.json", options);
  assertEquals(settings.chatLogFile, "/var/lib/rosey/chat.log");
  assertEquals(settings.stateFile, "/var/lib/rosey/s.db");
  assertEquals(settings.user.password, "pw-credential");
  assertEquals(settings.llm.openaiApiKey, "key-credential");
  assertEquals(settings.llm.ollamaHosts[0]!.apiKey, undefined);
  assertEquals([...secrets].sort(), ["key-credential", "pw-credential"]);
});
