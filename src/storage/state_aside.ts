/**
 * A state file that is damaged makes room for another one.
 *
 * @module
 */
import { basename, dirname, join } from "node:path";

/** Files that were moved aside are looked at by hand, or never: more are not kept. */
const MAX_ASIDE = 5;

/** What SQLite puts beside a database. */
export const COMPANIONS = ["-wal", "-shm", "-journal"];

/**
 * Moves a file out of the way, with what belongs to it, and removes the oldest of those that were moved
 * before.
 *
 * @param path Where it is.
 * @returns Where it is now: `PATH.aside-<UTC time>`.
 * @throws {Error} When it cannot be moved.
 */
export function moveAside(path: string): string {
  const time = new Date().toISOString().replace(/[-:]/g, "");
  const aside = `${path}.aside-${time}`;
  // The file goes last: until then no other process begins a new one, whose journal would go as well.
  for (const end of COMPANIONS) ifThere(() => Deno.renameSync(path + end, aside + end));
  Deno.renameSync(path, aside);
  const folder = dirname(path);
  const begin = `${basename(path)}.aside-`;
  const all = Array.from(Deno.readDirSync(folder))
    .filter(({ isFile }) => isFile)
    .map(({ name }) => name)
    .filter((name) => name.startsWith(begin) && /^[\dT.]+Z$/.test(name.slice(begin.length)))
    .sort();
  for (const name of all.slice(0, -MAX_ASIDE)) {
    for (const end of ["", ...COMPANIONS]) ifThere(() => Deno.removeSync(join(folder, name + end)));
  }
  return aside;
}

/**
 * Waits until no other process replaces the file. Ends with the process at the latest.
 *
 * @param path Where the file is.
 * @returns Lets the next process go on.
 * @throws {Error} When its folder cannot be written.
 */
export function lockReplacement(path: string): Disposable {
  const name = `${path}.aside-lock`;
  const file = Deno.openSync(name, { write: true, create: true, mode: 0o600 });
  file.lockSync(true);
  return {
    [Symbol.dispose]() {
      ifThere(() => Deno.removeSync(name));
      file.close();
    },
  };
}

function ifThere(change: () => void): void {
  try {
    change();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
