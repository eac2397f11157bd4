import { assertEquals, assertInstanceOf } from "@std/assert";
import { loadConfig } from "../../src/config/load.ts";
import { ConfigError } from "../../src/errors.ts";
import { PEM } from "./loading.ts";
import { test } from "../testing.ts";

const CREDENTIALS = "credentials";

/** A configuration in a folder of its own, with every file that can be read; what is wrong with it. */
function problemsOf(
  config: Record<string, unknown>,
  { prepare = () => {}, name = "config.json" }: {
    prepare?: (folder: string) => void;
    name?: string;
  } = {},
): readonly string[] {
  const folder = Deno.makeTempDirSync({ prefix: "rosey-conflicts-" });
  try {
    Deno.mkdirSync(`${folder}/${CREDENTIALS}`);
    Deno.writeTextFileSync(`${folder}/${CREDENTIALS}/rosey_password`, "hunter22");
    for (const file of ["persona.md", "poet.md", "door", "key"]) {
      Deno.writeTextFileSync(`${folder}/${file}`, file);
    }
    Deno.writeTextFileSync(`${folder}/ca.pem`, PEM);
    const llm = {
      system_prompt_file: "persona.md",
      personas: { poet: { file: "poet.md" } },
      openai_api_key: { file: "key" },
      ollama_host: [{ url: "http://gpu", ca_file: "ca.pem" }],
    };
    const whole = { channel: ["room", { file: "door" }], user: "Rosey", llm, ...config };
    Deno.writeTextFileSync(`${folder}/${name}`, JSON.stringify(whole));
    prepare(folder);
    const env: Record<string, string> = { CREDENTIALS_DIRECTORY: `${folder}/${CREDENTIALS}` };
    loadConfig(`${folder}/${name}`, { env: (variable) => env[variable] });
    return [];
  } catch (error) {
    assertInstanceOf(error, ConfigError, String(error));
    return error.problems;
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

const own = (setting: string, other: string) =>
  `${setting}: expected a file of its own, found that of ${other}`;
const belongs = (setting: string, other: string) =>
  `${setting}: expected a file of its own, found a file that belongs to ${other}`;

test("configuration rejects a written file that another setting reads", () => {
  for (const setting of ["chat_log_file", "media_log_file", "state_file"]) {
    for (
      const [file, other] of [
        ["config.json", "the configuration"],
        ["./credentials/../config.json", "the configuration"],
        ["persona.md", "llm.system_prompt_file"],
        ["poet.md", "llm.personas.poet"],
        ["key", "llm.openai_api_key"],
        ["door", "channel[1]"],
        ["ca.pem", "llm.ollama_host[0].ca_file"],
        ["credentials/rosey_password", "the credential rosey_password"],
      ] as const
    ) {
      assertEquals(problemsOf({ [setting]: file }), [own(setting, other)]);
    }
  }
});

test("configuration rejects a file that two settings write", () => {
  const same = { chat_log_file: "one", media_log_file: "one", state_file: "one" };
  assertEquals(problemsOf(same), [
    own("state_file", "media_log_file"),
    own("state_file", "chat_log_file"),
    own("media_log_file", "chat_log_file"),
  ]);
  assertEquals(problemsOf({ ...same, media_log_file: "two", state_file: "three" }), []);
});

test("configuration rejects files that belong to a rotated log or to the state file", () => {
  const at = (file: string) => ({ llm: { system_prompt_file: file } });
  const exists = (file: string) => ({
    prepare: (folder: string) => Deno.writeTextFileSync(`${folder}/${file}`, "x"),
  });
  const persona = "llm.system_prompt_file";
  for (
    const [config, file, expected] of [
      [{ chat_log_file: "c", media_log_file: "c.1" }, "", [
        belongs("media_log_file", "chat_log_file"),
      ]],
      [{ chat_log_file: "s-wal", state_file: "s" }, "", [belongs("chat_log_file", "state_file")]],
      [{ state_file: "c.12", chat_log_file: "c" }, "", [belongs("state_file", "chat_log_file")]],
      [{ chat_log_file: "c", ...at("c.7") }, "c.7", [belongs(persona, "chat_log_file")]],
      [{ state_file: "s", ...at("s-shm") }, "s-shm", [belongs(persona, "state_file")]],
      [{ state_file: "s", ...at("s-journal") }, "s-journal", [belongs(persona, "state_file")]],
      [{ state_file: "s", ...at("s.aside-1Z") }, "s.aside-1Z", [belongs(persona, "state_file")]],
      // What is not rotated has no such files, and not every name that begins alike is one of them.
      [{ chat_log_file: "c", ...at("c.7"), log_max_mb: 0 }, "c.7", []],
      [{ chat_log_file: "c", ...at("c.7.md") }, "c.7.md", []],
      [{ state_file: "s", ...at("s-wall") }, "s-wall", []],
      [{ chat_log_file: "logs/c", media_log_file: "c.1" }, "", []],
    ] as const
  ) {
    assertEquals(problemsOf(config, file === "" ? {} : exists(file)), expected);
  }
  const name = "chat.log.1";
  assertEquals(problemsOf({ chat_log_file: "chat.log" }, { name }), [
    belongs("the configuration", "chat_log_file"),
  ]);
});

test("configuration resolves links when it compares files", () => {
  const prepare = (folder: string) => {
    Deno.symlinkSync("config.json", `${folder}/link`);
    Deno.symlinkSync(".", `${folder}/here`);
    Deno.symlinkSync("media.log", `${folder}/chat.log`);
    Deno.linkSync(`${folder}/config.json`, `${folder}/hard`);
    Deno.writeTextFileSync(`${folder}/s-wal`, "");
    Deno.linkSync(`${folder}/s-wal`, `${folder}/hard-wal`);
  };
  for (const file of ["link", "here/config.json", "hard"]) {
    assertEquals(problemsOf({ chat_log_file: file }, { prepare }), [
      own("chat_log_file", "the configuration"),
    ]);
  }
  // Neither of the two is there yet.
  for (const [chat, media] of [["here/new", "new"], ["chat.log", "media.log"]]) {
    assertEquals(problemsOf({ chat_log_file: chat, media_log_file: media }, { prepare }), [
      own("media_log_file", "chat_log_file"),
    ]);
  }
  assertEquals(problemsOf({ chat_log_file: "hard-wal", state_file: "s" }, { prepare }), [
    belongs("chat_log_file", "state_file"),
  ]);
}, { needs: "linux" });

test("configuration may send both logs to one device", () => {
  for (const device of ["/dev/stderr", "/dev/stdout", "/dev/fd/2", "/dev/null"]) {
    assertEquals(problemsOf({ chat_log_file: device, media_log_file: device }), []);
  }
}, { needs: "linux" });
