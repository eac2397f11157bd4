import assert from "node:assert/strict";
import { Transcript } from "../src/transcript.ts";
import { FakeClock } from "./fakes/clock.ts";
import { test } from "./testing.ts";

async function withFile(run: (path: string) => void | Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(`${folder}/chat.log`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const withoutTimes = (text: string) =>
  text.trimEnd().split("\n").map((line) => line.replace(/^\d{4}-\S+Z /, ""));

test("transcript appends lines with their time, one for each event", () =>
  withFile((path) => {
    for (const text of ["<a> first", "<b> two\nlines \u001b[31m"]) {
      using transcript = new Transcript(path);
      transcript.add(text);
    }
    const written = Deno.readTextFileSync(path);
    assert.deepEqual(withoutTimes(written), ["<a> first", "<b> two\\nlines \\x1b[31m"]);
  }));

test("transcript of a quiet room is in the file after a second, that of a flood at once", () =>
  withFile((path) => {
    const clock = new FakeClock();
    using transcript = new Transcript(path, clock);
    transcript.add("<a> quiet");
    assert.equal(Deno.readTextFileSync(path), "");
    clock.advance(1000);
    assert.deepEqual(withoutTimes(Deno.readTextFileSync(path)), ["<a> quiet"]);
    for (let line = 0; line < 1000; line++) transcript.add(`<a> ${line} ${"x".repeat(40)}`);
    assert.ok(Deno.readTextFileSync(path).length > 32_768);
  }));

test("transcript that cannot be opened is an error", () =>
  withFile((path) => {
    assert.throws(() => new Transcript(`${path}/no/folder`), Error);
  }));

test("transcript on a full disk loses its lines, not the bot", () => {
  // Writing to this device fails as a full disk does.
  using transcript = new Transcript("/dev/full");
  for (let line = 0; line < 2000; line++) transcript.add(`<a> ${line} ${"x".repeat(40)}`);
}, { needs: "linux" });
