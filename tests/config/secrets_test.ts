import { assert, assertEquals } from "@std/assert";
import { serversOf } from "../../src/config/servers.ts";
import { load, MINIMAL, problemsOf } from "./loading.ts";
import { test } from "../testing.ts";

test("configuration takes keys and the password from the environment", () => {
  const env = { OLLAMA_API_KEY: "key-o", OPENAI_API_KEY: "key-a", ROSEY_PASSWORD: "of the env" };
  const file = { ...MINIMAL, llm: { openai_api_key: "sk-file" } };
  for (const user of ["Rosey", ["Rosey", "of the file"], ["Rosey", { env: "UNSET" }]]) {
    const { settings, secrets } = load({ ...file, user }, { env });
    assertEquals(settings.user, { name: "Rosey", password: "of the env" });
    assertEquals(serversOf(settings.llm)[0]?.apiKey, "key-o");
    assertEquals(settings.llm.openaiApiKey, "key-a");
    for (const secret of Object.values(env)) assert(secrets.includes(secret), secret);
  }
});

test("configuration reads secrets from variables and from files beside it", () => {
  const { settings, secrets } = load({
    channel: ["room", { env: "DOOR" }],
    user: ["Rosey", { file: "secrets/password" }],
    llm: { openai_api_key: { file: "/run/key" } },
  }, {
    env: { DOOR: "sesame" },
    files: { "/etc/rosey/secrets/password": "hunter22\n", "/run/key": " sk-12345 \n" },
  });
  assertEquals(settings.channel, { name: "room", password: "sesame" });
  assertEquals(settings.user, { name: "Rosey", password: "hunter22" });
  assertEquals(settings.llm.openaiApiKey, "sk-12345");
  assertEquals([...secrets].sort(), ["hunter22", "sesame", "sk-12345"]);
});

test("service keeps its files in STATE_DIRECTORY and reads secrets from credentials", () => {
  const env = { STATE_DIRECTORY: "/var/lib/rosey:/x", CREDENTIALS_DIRECTORY: "/run/credentials/r" };
  const files = {
    "/run/credentials/r/rosey_password": "pw-credential\n",
    "/run/credentials/r/ollama_api_key": " ",
    "/run/credentials/r/openai_api_key": "key-credential",
  };
  const config = { ...MINIMAL, chat_log_file: "chat.log", state_file: "s.db" };
  const { settings, secrets } = load(config, { env, files });
  assertEquals(settings.chatLogFile, "/var/lib/rosey/chat.log");
  assertEquals(settings.stateFile, "/var/lib/rosey/s.db");
  assertEquals(settings.user.password, "pw-credential");
  assertEquals(settings.llm.openaiApiKey, "key-credential");
  assertEquals(serversOf(settings.llm)[0]!.apiKey, undefined);
  assertEquals([...secrets].sort(), ["key-credential", "pw-credential"]);
});

test("configuration names a secret that cannot be found", () => {
  const problems = problemsOf({
    channel: ["room", { env: "DOOR" }],
    user: ["Rosey", { file: "password" }],
    llm: { openai_api_key: { env: "KEY" } },
  }, { env: { DOOR: "" } });
  assertEquals([...problems].sort(), [
    "channel[1]: the variable DOOR is not set",
    "llm.openai_api_key: the variable KEY is not set",
    "user[1]: cannot read password: there is no such file or folder",
  ]);
});

test("configuration knows the secrets within addresses, as typed, decoded and encoded", () => {
  const { secrets } = load({
    ...MINIMAL,
    domain: "https://visitor:gate-pw@site.example",
    llm: {
      // One of them lacks its scheme.
      ollama_host: ["http://bot:p%40ss@gpu:1", "bot:other-pw@gpu:2"],
      openai_base_url: "http://key:sesame@lm/v1",
    },
  });
  const ollama = ["p%40ss", "p@ss", btoa("bot:p@ss"), "other-pw"];
  for (const secret of [...ollama, "sesame", btoa("key:sesame"), "gate-pw"]) {
    assert(secrets.includes(secret), secret);
  }
});

test("configuration accepts a lone % in an address's password as it is", () => {
  const { settings, secrets } = load({ ...MINIMAL, llm: { ollama_host: "http://u:50%off@gpu:1" } });
  assertEquals(settings.llm.ollamaHosts[0]?.url, "http://u:50%off@gpu:1");
  assert(secrets.includes("50%off"));
});
