/**
 * What the tests of the state file have in common.
 *
 * @module
 */
import { assert } from "@std/assert";
import { setupLogging } from "../../src/log.ts";
import { StateFile, type StateKind } from "../../src/storage/key_value_store.ts";
import type { FakeClock } from "./clock.ts";

/** A folder, and what is logged meanwhile; the folder is `DIR` in it, the time of day `TIME`. */
export interface World {
  readonly dir: string;
  readonly path: string;
  log(): string[];
}

/** Runs a test in a folder of its own. */
export async function inWorld(run: (world: World) => void | Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir({ prefix: "rosey-state-" });
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  const log = () =>
    lines.map((line) => line.replaceAll(dir, "DIR").replace(/\d{8}T\d{6}\.\d{3}Z/, "TIME"));
  try {
    await using _logging = await setupLogging({ level: "DEBUG", format: "journal", write });
    await run({ dir, path: `${dir}/rosey.db`, log });
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** Opens a file that can be opened. */
export function open(path: string, clock?: FakeClock): StateFile {
  const state = StateFile.open(path, { clock });
  assert(state, "it was not opened");
  return state;
}

/** What a new start finds. */
export function remembered(path: string, kind: StateKind): [string, unknown][] {
  using state = open(path);
  return state.entries(kind);
}

/** What is in a folder. */
export const names = (folder: string) =>
  Array.from(Deno.readDirSync(folder), ({ name }) => name).sort();
/** The same, without times in names. */
export const nameless = (folder: string) =>
  names(folder).map((name) => name.replace(/\d{8}T\d{6}\.\d{3}Z/, "TIME"));

/** A file with fifty entries. */
export function fill(path: string): void {
  using state = open(path);
  for (let name = 0; name < 50; name++) state.put("history", `user${name}`, "x".repeat(1000));
}

/** All that can be told of the files in a folder: contents (of large ones the begin), modes, times. */
export function snapshot(folder: string): unknown {
  return names(folder).map((name) => {
    const { mode, mtime, ino, size } = Deno.statSync(`${folder}/${name}`);
    using file = Deno.openSync(`${folder}/${name}`);
    const begin = new Uint8Array(Math.min(size, 1_000_000));
    file.readSync(begin);
    return { name, mode, mtime, ino, size, begin };
  });
}
