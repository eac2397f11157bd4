import { assert, assertEquals, assertGreater, assertMatch, assertThrows } from "@std/assert";
import { setupLogging } from "../../src/log.ts";
import { chatText, mediaText, Transcript } from "../../src/storage/transcript.ts";
import { FakeClock } from "../fakes/clock.ts";
import { test } from "../testing.ts";

async function withFile(
  run: (path: string, folder: string) => void | Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(`${folder}/chat.log`, folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** 0 for the file that is written, 1 and more for older ones. */
const ageOf = (name: string) => Number(/\.(\d+)$/.exec(name)?.[1] ?? 0);

const withoutTimes = (text: string) =>
  text.trimEnd().split("\n").map((line) => line.replace(/^\d{4}-\S+Z /, ""));

test("transcript appends lines with their time, one per event, for its owner alone", () =>
  withFile((path) => {
    assertThrows(() => new Transcript(`${path}/no/folder`), Error);
    const hidden = "<c> \u202eright\u2069 \u200f\u061cto\u200e left";
    for (const text of ["<a> first", "<b> two\nlines \u001b[31m", hidden]) {
      using transcript = new Transcript(path);
      transcript.add(text);
    }
    // What somebody else chose would stay.
    assertEquals((Deno.statSync(path).mode ?? 0o600) & 0o777, 0o600);
    const written = Deno.readTextFileSync(path);
    assertEquals(withoutTimes(written), [
      "<a> first",
      "<b> two\\nlines \\x1b[31m",
      "<c> \\u202eright\\u2069 \\u200f\\u061cto\\u200e left",
    ]);
  }));

test("transcript of a quiet room is in the file after a second, that of a flood at once", () =>
  withFile((path, folder) => {
    const clock = new FakeClock();
    using transcript = new Transcript(path, { clock });
    transcript.add("<a> quiet");
    assertEquals(Deno.readTextFileSync(path), "");
    clock.advance(1000);
    assertEquals(withoutTimes(Deno.readTextFileSync(path)), ["<a> quiet"]);
    for (let line = 0; line < 1000; line++) transcript.add(`<a> ${line} ${"x".repeat(40)}`);
    assertGreater(Deno.readTextFileSync(path).length, 32_768);
    // Its size is not limited.
    assertEquals(names(folder), ["chat.log"]);
  }));

test("transcript shows chat, actions, the channel's own lines and media each in its own form", () => {
  const line = { user: "alice", text: "waves", time: 0, shadow: false, action: false };
  assertEquals(chatText(line), "<alice> waves");
  assertEquals(chatText({ ...line, action: true }), "* alice waves");
  assertEquals(chatText({ ...line, user: "[server]" }), "[server] waves");
  const media = { id: "x1", type: "yt", title: "A [B]", seconds: 8, currentTime: 0, paused: false };
  assertEquals(mediaText(media), "A [B] [yt:x1, 8 s]");
});

/** Makes a pipe. Without a reader it takes nothing. */
function pipe(path: string): () => Deno.FsFile {
  assert(new Deno.Command("mkfifo", { args: [path] }).outputSync().success);
  return () => Deno.openSync(path, { read: true, write: true });
}

/** What is logged while something runs; the folder is `DIR` in it. */
async function logOf(folder: string, run: () => void): Promise<string[]> {
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line.replaceAll(folder, "DIR"));
  await using _logging = await setupLogging({ level: "INFO", format: "journal", write });
  run();
  return lines;
}

const names = (folder: string) => Array.from(Deno.readDirSync(folder), ({ name }) => name).sort();

test("transcript is rotated before it is larger than it may be, and only the newest files are kept", () =>
  withFile((path, folder) => {
    const clock = new FakeClock();
    using transcript = new Transcript(path, { clock, maxBytes: 100, keep: 2 });
    // 24 characters of time, a blank, the text and the end of the line: 50 bytes.
    const line = (at: number) => `<a> ${at} ${"é".repeat(9)}`;
    for (let at = 0; at < 9; at++) {
      transcript.add(line(at));
      clock.advance(1000);
    }
    assertEquals(names(folder), ["chat.log", "chat.log.1", "chat.log.2"]);
    const written = names(folder).map((name) => Deno.readTextFileSync(`${folder}/${name}`));
    assertEquals(written.map(withoutTimes), [[line(8)], [line(6), line(7)], [
      line(4),
      line(5),
    ]]);
    assertEquals(Deno.statSync(`${path}.1`).size, 100);
  }));

test("transcript that is larger than it may be is rotated at the next start, with more than are kept", () =>
  withFile((path, folder) => {
    for (const end of ["", ".1", ".2", ".3", ".4"]) {
      Deno.writeTextFileSync(path + end, `old${end}\n`);
    }
    {
      using transcript = new Transcript(path, { maxBytes: 30, keep: 2 });
      transcript.add("<a> new");
    }
    assertEquals(names(folder), ["chat.log", "chat.log.1", "chat.log.2"]);
    assertEquals(Deno.readTextFileSync(`${path}.1`), "old\n");
    assertEquals(Deno.readTextFileSync(`${path}.2`), "old.1\n");
  }));

test("transcript loses no line to rotation in a flood, and cuts none", () =>
  withFile((path, folder) => {
    const total = 50_000;
    {
      using transcript = new Transcript(path, { maxBytes: 100_000, keep: 100 });
      for (let at = 0; at < total; at++) transcript.add(`<user> line ${at} of the flood`);
    }
    const files = names(folder).sort((a, b) => ageOf(b) - ageOf(a));
    assertGreater(files.length, 20, String(files.length));
    const texts = files.map((name) => Deno.readTextFileSync(`${folder}/${name}`));
    for (const text of texts) assert(text.endsWith("\n") && text.length <= 100_000);
    const lines = texts.flatMap(withoutTimes);
    assertEquals(lines.length, total);
    lines.forEach((line, at) => assertEquals(line, `<user> line ${at} of the flood`));
  }));

test("transcript that cannot be rotated goes on in the same file, and says so once", () =>
  withFile(async (path, folder) => {
    // A folder that is not empty is in the way.
    Deno.mkdirSync(`${path}.1/full`, { recursive: true });
    const clock = new FakeClock();
    using transcript = new Transcript(path, { clock, maxBytes: 50, keep: 1 });
    const say = (from: number, to: number) => {
      for (let at = from; at < to; at++) {
        transcript.add(`<a> ${at}`);
        clock.advance(1000);
      }
    };
    const [error, ...others] = await logOf(folder, () => say(0, 5));
    assertMatch(error!, /^<3>Cannot begin a new DIR\/chat\.log: .+; it goes on in the same file$/);
    assertEquals(others, []);
    const all = ["<a> 0", "<a> 1", "<a> 2", "<a> 3", "<a> 4"];
    assertEquals(withoutTimes(Deno.readTextFileSync(path)), all);
    Deno.removeSync(`${path}.1`, { recursive: true });
    assertEquals(await logOf(folder, () => say(5, 6)), []);
    assertEquals(withoutTimes(Deno.readTextFileSync(`${path}.1`)), all);
    assertEquals(withoutTimes(Deno.readTextFileSync(path)), ["<a> 5"]);
  }));

test("transcript continues a rotation that failed halfway, and keeps the older files", () =>
  withFile((path, folder) => {
    for (const end of ["", ".2", ".3"]) Deno.writeTextFileSync(path + end, `old${end}\n`);
    {
      using transcript = new Transcript(path, { maxBytes: 30, keep: 3 });
      transcript.add("<a> new");
    }
    assertEquals(names(folder), ["chat.log", "chat.log.1", "chat.log.2", "chat.log.3"]);
    for (const [end, text] of [[".1", "old"], [".2", "old.2"], [".3", "old.3"]]) {
      assertEquals(Deno.readTextFileSync(path + end), `${text}\n`);
    }
  }));

test(
  "transcript that another program moved or removed goes on in a new file with the same permissions",
  () =>
    withFile(async (path, folder) => {
      const clock = new FakeClock();
      Deno.writeTextFileSync(path, "", { mode: 0o600 });
      using transcript = new Transcript(path, { clock });
      const say = (text: string) => {
        transcript.add(text);
        clock.advance(1000);
      };
      say("<a> one");
      transcript.add("<a> two");
      Deno.renameSync(path, `${path}-20260101`);
      const begun = "<6>DIR/chat.log was moved or removed: a new one is begun";
      assertEquals(await logOf(folder, () => clock.advance(1000)), [begun]);
      say("<a> three");
      assertEquals(withoutTimes(Deno.readTextFileSync(`${path}-20260101`)), ["<a> one"]);
      assertEquals(withoutTimes(Deno.readTextFileSync(path)), ["<a> two", "<a> three"]);
      assertEquals(Deno.statSync(path).mode! & 0o777, 0o600);

      Deno.renameSync(path, `${path}-20260102`);
      Deno.writeTextFileSync(path, "made by logrotate\n");
      assertEquals(await logOf(folder, () => say("<a> four")), [begun]);
      assertMatch(Deno.readTextFileSync(path), /^made by logrotate\n\S+ <a> four\n$/);
      Deno.removeSync(path);
      say("<a> five");
      assertEquals(withoutTimes(Deno.readTextFileSync(path)), ["<a> five"]);
    }),
  { needs: "linux" },
);

test(
  "transcript behind a link is rotated where it is, and the link stays",
  () =>
    withFile((path, folder) => {
      Deno.mkdirSync(`${folder}/disk`);
      Deno.symlinkSync(`${folder}/disk/chat.log`, path);
      const clock = new FakeClock();
      using transcript = new Transcript(path, { clock, maxBytes: 40 });
      for (const text of ["<a> one", "<a> two"]) {
        transcript.add(text);
        clock.advance(1000);
      }
      assertEquals(names(folder), ["chat.log", "disk"]);
      assertEquals(names(`${folder}/disk`), ["chat.log", "chat.log.1"]);
      assertEquals(withoutTimes(Deno.readTextFileSync(path)), ["<a> two"]);
    }),
  { needs: "linux" },
);

test("transcript on a full disk loses its lines, not the bot, and says so once", async () => {
  const clock = new FakeClock();
  const said = await logOf("/dev", () => {
    // Writing to this device fails as a full disk does.
    using transcript = new Transcript("/dev/full", { clock, maxBytes: 100 });
    for (let line = 0; line < 2000; line++) transcript.add(`<a> ${line} ${"x".repeat(40)}`);
    assertEquals(clock.pending, 1);
    clock.advance(60_000);
  });
  assertEquals(said, [
    "<3>Cannot write DIR/full: No space left on device (os error 28); lines wait, up to 1 MB, and more are lost",
    "<3>The last lines are not in DIR/full",
  ]);
  assertEquals(clock.pending, 0);
}, { needs: "linux" });

test(
  "transcript that cannot be written for a while has every line afterwards",
  () =>
    withFile(async (path, folder) => {
      const listen = pipe(path);
      const clock = new FakeClock();
      const first = listen();
      using transcript = new Transcript(path, { clock, maxBytes: 10 });
      first.close();
      const failed = await logOf(folder, () => {
        for (const text of ["<a> one", "<a> two", "<a> three"]) {
          transcript.add(text);
          clock.advance(5000);
        }
      });
      assertEquals(failed, [
        "<3>Cannot write DIR/chat.log: Broken pipe (os error 32); lines wait, up to 1 MB, and more are lost",
      ]);
      using reader = listen();
      assertEquals(await logOf(folder, () => clock.advance(10_000)), [
        "<6>DIR/chat.log can be written again; lines that were lost: 0",
      ]);
      const buffer = new Uint8Array(1000);
      const read = reader.readSync(buffer)!;
      assertEquals(withoutTimes(new TextDecoder().decode(buffer.subarray(0, read))), [
        "<a> one",
        "<a> two",
        "<a> three",
      ]);
      assertEquals(names(folder), ["chat.log"]);
    }),
  { needs: "linux" },
);

test(
  "transcript holds at most 1 MB of what waits for a disk, and counts what is lost",
  () =>
    withFile(async (path, folder) => {
      const listen = pipe(path);
      const clock = new FakeClock();
      const first = listen();
      const transcript = new Transcript(path, { clock });
      first.close();
      // 100 bytes each: with 10,486 of them there is 1 MB.
      const line = "x".repeat(74);
      await logOf(folder, () => {
        transcript.add(line);
        clock.advance(1000);
        for (let at = 0; at < 10_496; at++) transcript.add(line);
      });
      const second = listen();
      const reader = new Deno.Command("wc", { args: ["-c", path], stdout: "piped" }).output();
      const said = await logOf(folder, () => clock.advance(10_000));
      second.close();
      transcript[Symbol.dispose]();
      assertEquals(said, ["<6>DIR/chat.log can be written again; lines that were lost: 10"]);
      assertEquals(parseInt(new TextDecoder().decode((await reader).stdout)), 100 * (1 + 10_486));
    }),
  { needs: "linux" },
);
