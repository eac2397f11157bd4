import { resolve } from "node:path";
import { assert, assertEquals, assertMatch, assertNotMatch } from "@std/assert";
import { DemoChannel } from "../../src/demo/channel/server.ts";
import { FakeOllama } from "../fakes/ollama/server.ts";
import { holdPort } from "../fakes/ollama/faulty.ts";
import { test } from "../testing.ts";
import { ACCOUNTS, inFolder, initOnTerminal } from "./init_command.ts";
import { CALLED } from "./rosey.ts";

const NEEDS = { needs: "script" } as const;
const SITE = /CyTube site \[.*\]: $/;
const CHANNEL = /^Channel(?: \[.*\])?: $/;
const USER = /user name(?: \[.*\])?: $/;
const PASSWORD = /^Password.*: $/;
const SERVER = /Model server \[.*\]: $/;
const MODEL = /^Model \(.*\]: $/;
const KEEP = /^Keep this answer anyway\? \[y\/N\]: $/;

test("init tests each answer, names the cure and asks again", () =>
  inFolder(async (folder) => {
    await using ollama = FakeOllama.start({});
    await using channel = await DemoChannel.start({ accounts: ACCOUNTS });
    const path = `${folder}/config.json`;
    const down = `http://127.0.0.1:${holdPort()}`;
    const { code, screen } = await initOnTerminal(path, {
      answers: [
        // A wrong site is told before the channel is asked for.
        ...[[SITE, `${down}\n`], [KEEP, "n\n"], [SITE, `${channel.url}\n`]] as const,
        [CHANNEL, "demo\n"],
        ...[[USER, "Rosey\n"], [PASSWORD, "pw-wrong\n"], [KEEP, "n\n"]] as const,
        ...[[USER, "\n"], [PASSWORD, "pw-planted\n"]] as const,
        // The address that was probably meant is suggested.
        ...[[SERVER, `${new URL(ollama.url).host}\n`], [SERVER, "\n"]] as const,
        ...[[MODEL, "missing:1b\n"], [KEEP, "n\n"], [MODEL, "1\n"]] as const,
      ],
    });
    assertEquals(code, 0, screen);
    for (
      const cure of [
        /connection refused\n {6}→ /,
        /✓ http:\/\/127\.0\.0\.1:\d+ is a CyTube site\n/,
        /✗ Cannot log in as Rosey: .*\(check the password\)/,
        /did you mean "http:\/\/127\.0\.0\.1:\d+"\?\nModel server \[http:\/\/127\.0\.0\.1:\d+\]/,
        /"missing:1b" is not on .*\n {6}→ run: .* pull missing:1b/,
        /✓ joined as Rosey, an account of rank 2, and left/,
        /\nNo failures\.\n/,
      ]
    ) assertMatch(screen, cure);
    assert(screen.endsWith(`Start the bot: ${CALLED} --config ${path}\n`), screen);
    assertNotMatch(screen, /pw-planted|pw-wrong/);
    const { $schema, ...written } = JSON.parse(Deno.readTextFileSync(path));
    assertEquals(written, {
      domain: channel.url,
      channel: "demo",
      user: ["Rosey", "pw-planted"],
      llm: { enabled: true, ollama_host: ollama.url, model: "rosey-demo:latest" },
    });
    assertEquals(Deno.statSync(path).mode! & 0o777, 0o600);
    // The installed one, or a copy.
    assert(Deno.statSync(resolve(folder, $schema)).isFile);
  }), NEEDS);

test(
  "an answer that cannot be right is asked for again, and neither kept nor suggested",
  () =>
    inFolder(async (folder) => {
      await using channel = await DemoChannel.start({});
      const path = `${folder}/config.json`;
      Deno.writeTextFileSync(path, "{");
      const { code, screen } = await initOnTerminal(path, {
        answers: [
          [/^\S+ exists\. Replace it\? \[y\/N\]: $/, "perhaps\n"],
          [/Replace it\? \[y\/N\]: $/, "YES\n"],
          ...[[SITE, "no site\n"], [SITE, "ftp://127.0.0.1\n"]] as const,
          [/^CyTube site \[https:\/\/cytu\.be\]: $/, `${new URL(channel.url).host}\n`],
          ...[[/^Channel: $/, "my room\n"], [/^Channel: $/, "demo\n"]] as const,
          ...[[/user name: $/, "a bot\n"], [/user name: $/, "Guest\n"], [PASSWORD, "\n"]] as const,
          ...[[SERVER, "no server\n"], [/server \[http:\/\/localhost:11434\]: $/, "\x03"]] as const,
        ],
      });
      assertEquals(code, 1, screen);
      assertMatch(screen, /✗ "perhaps" is neither y nor n\n/);
      assertMatch(screen, /! nothing of it is suggested: line 1, column 2: /);
      assertMatch(screen, /✗ channel: expected the channel's name .*, found "my room"\nChannel: /);
      assertMatch(screen, /✓ joined as Guest/);
      assertNotMatch(screen, /Keep/);
    }),
  NEEDS,
);

test(
  "init suggests what is in the file that it replaces, and writes to where a link leads",
  () =>
    inFolder(async (folder) => {
      await using ollama = FakeOllama.start({});
      await using channel = await DemoChannel.start({ accounts: ACCOUNTS, password: "room-pw" });
      const [path, file] = [`${folder}/config.json`, `${folder}/real/bot.json`];
      const old = {
        domain: channel.url,
        channel: ["demo", "room-pw"],
        user: ["Rosey", "pw-planted"],
        kick_pause: 60,
        llm: { enabled: true, ollama_host: ollama.url, model: "rosey-demo:latest" },
      };
      Deno.mkdirSync(`${folder}/real`);
      Deno.writeTextFileSync(file, JSON.stringify({ ...old, log_level: "LOUD" }));
      Deno.symlinkSync("real/bot.json", path);
      const { code, screen } = await initOnTerminal(path, {
        answers: [
          [/Replace it\? \[y\/N\]: $/, "y\n"],
          [/^CyTube site \[http:\/\/127\.0\.0\.1:\d+\]: $/, "\n"],
          [/^Channel \[demo\]: $/, "\n"],
          [/user name \[Rosey\]: $/, "\n"],
          [/^Password \(Enter: as before\): $/, "\n"],
          [/^Model server \[http:\/\/127\.0\.0\.1:\d+\]: $/, "\n"],
          [/^Model .* \[rosey-demo:latest\]: $/, "\n"],
        ],
      });
      assertEquals(code, 0, screen);
      assertMatch(screen, /^ {2}log_level +not taken over: "LOUD" is not DEBUG, /m);
      assertNotMatch(screen, /pw-planted|room-pw|kick_pause/);
      const { $schema: _, ...written } = JSON.parse(Deno.readTextFileSync(file));
      assertEquals(written, old);
      assertEquals(Deno.readLinkSync(path), "real/bot.json");
      assertEquals(Array.from(Deno.readDirSync(`${folder}/real`), ({ name }) => name), [
        "bot.json",
      ]);
    }),
  NEEDS,
);

test(
  "a password is not echoed on a terminal, and Ctrl-C ends the question",
  () =>
    inFolder(async (folder) => {
      await using channel = await DemoChannel.start({ accounts: ACCOUNTS });
      const { code, screen } = await initOnTerminal(`${folder}/config.json`, {
        args: ["--domain", channel.url, "--channel", "demo", "--user", "Rosey"],
        answers: [
          ...[[PASSWORD, "pw-planted-and-moreX\x7f\n"], [KEEP, "n\n"]] as const,
          ...[[USER, "\n"], [PASSWORD, "pw-other\x15pw-planted\n"]] as const,
          [SERVER, "\x03"],
        ],
      });
      assertEquals(code, 1);
      assertNotMatch(screen, /pw-/);
      assertMatch(screen, /joined as Rosey, an account of rank 2/);
      assertMatch(screen, /rosey: stopped\n$/);
    }),
  NEEDS,
);
