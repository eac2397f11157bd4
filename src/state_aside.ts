/**
 * A file that cannot be used makes room for one that can.
 *
 * @module
 */
import { basename, dirname, join } from "node:path";

/** Files that were moved aside are looked at by hand, or never: more are not kept. */
const MAX_ASIDE = 5;

/** What SQLite puts beside a database. */
const COMPANIONS = ["-wal", "-shm", "-journal"];

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
  Deno.renameSync(path, aside);
  // A journal that stayed behind would be taken for that of the new file.
  for (const end of COMPANIONS) ifThere(() => Deno.renameSync(path + end, aside + end));
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

function ifThere(change: () => void): void {
  try {
    change();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
