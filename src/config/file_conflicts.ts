/**
 * Finds settings that share a file. What the bot writes must be a file of its own: a log that is also
 * the configuration destroys it, and SQLite loses its lock on a file that is opened by other means.
 *
 * @module
 */
import { basename, dirname, join, resolve } from "node:path";
import { COMPANIONS } from "../storage/state_database.ts";
import type { Settings } from "./settings.ts";

export interface NamedFile {
  readonly setting: string;
  readonly path: string;
}

interface Found extends NamedFile {
  /** With all symbolic links resolved. */
  readonly real: string;
  readonly info: Deno.FileInfo | undefined;
}

interface Written extends Found {
  /** Files that are written with it. */
  readonly companions: readonly Found[];
  /** Endings of further files that are written with it. */
  readonly endings: RegExp | undefined;
}

/** `chat.log.1` and so on. */
const ROTATED = /^\.\d+$/;
const ASIDE = /^\.aside-/;
/** The operator may redirect these to any file. */
const STREAM = /^\/dev\/(?:stdout|stderr|fd\/\d+)$/;

/**
 * One sentence for each two settings that share a file which the bot writes. A log would destroy the
 * configuration, and SQLite loses its lock on a file that is opened by other means.
 *
 * @param read The files that the bot reads.
 */
export function fileConflicts(
  settings: Pick<Settings, "chatLogFile" | "mediaLogFile" | "stateFile" | "logMaxMegabytes">,
  read: readonly NamedFile[],
): string[] {
  const { stateFile, mediaLogFile, chatLogFile, logMaxMegabytes } = settings;
  const rotated = logMaxMegabytes > 0 ? ROTATED : undefined;
  const written = [
    ...writtenFile("state_file", stateFile, { companions: COMPANIONS, endings: ASIDE }),
    ...writtenFile("media_log_file", mediaLogFile, { endings: rotated }),
    ...writtenFile("chat_log_file", chatLogFile, { endings: rotated }),
  ];
  const others = [...written, ...read.map(find)];
  const problems = written.flatMap((file, at) =>
    others.flatMap((other, otherAt): string[] => {
      if (other === file) return [];
      // Each pair of written files is compared twice.
      if (otherAt > at && isSame(file, other)) {
        return [`${file.setting}: expected a file of its own, found that of ${other.setting}`];
      }
      return belongs(other, file)
        ? [
          `${other.setting}: expected a file of its own, found a file that belongs to ${file.setting}`,
        ]
        : [];
    })
  );
  return [...new Set(problems)];
}

function writtenFile(
  setting: string,
  path: string | undefined,
  options: { readonly companions?: readonly string[]; readonly endings?: RegExp },
): Written[] {
  if (path === undefined) return [];
  const file = find({ setting, path });
  const { companions = [], endings } = options;
  const beside = companions.map((ending) => find({ setting, path: file.real + ending }));
  return [{ ...file, companions: beside, endings }];
}

function find({ setting, path }: NamedFile): Found {
  return { setting, path, real: realPath(path), info: infoOf(path) };
}

function isSame(a: Found, b: Found): boolean {
  // Two logs may go to the same terminal or to /dev/null.
  if ([a, b].every(isDevice)) return false;
  return a.real === b.real ||
    !!a.info?.ino && a.info.ino === b.info?.ino && a.info.dev === b.info.dev;
}

function isDevice({ path, info }: Found): boolean {
  return STREAM.test(path) || info?.isFile === false;
}

function belongs(file: Found, { real, companions, endings }: Written): boolean {
  return companions.some((companion) => isSame(companion, file)) ||
    file.real.startsWith(real) && !!endings?.test(file.real.slice(real.length));
}

function infoOf(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch {
    // A file that does not exist or cannot be read is compared by its path.
    return undefined;
  }
}

/** More links in a row than the system follows. */
const MAX_LINKS = 40;

/** Also for a file that does not exist yet, and for one behind links. */
function realPath(path: string, links = 0): string {
  try {
    return Deno.realPathSync(path);
  } catch {
    const folder = dirname(path);
    if (folder === path) return path;
    const target = links < MAX_LINKS ? linkTarget(path) : undefined;
    return target === undefined
      ? join(realPath(folder, links), basename(path))
      : realPath(resolve(folder, target), links + 1);
  }
}

function linkTarget(path: string): string | undefined {
  try {
    return Deno.readLinkSync(path);
  } catch {
    return undefined;
  }
}
