/**
 * Finds settings that share a file. What the bot writes must be a file of its own: a log that is also
 * the configuration destroys it, and SQLite loses its lock on a file that is opened by other means.
 *
 * @module
 */
import { basename, dirname, join } from "node:path";
import { COMPANIONS } from "../storage/state_header.ts";
import type { Settings } from "./settings.ts";

/** A file, and the setting that names it. */
export interface NamedFile {
  readonly setting: string;
  readonly path: string;
}

/** A file that is looked for. Links, and folders that are links, are resolved. */
interface Found extends NamedFile {
  readonly real: string;
  readonly info: Deno.FileInfo | undefined;
}

interface Written extends Found {
  /** Other files that are written with it. */
  readonly companions: readonly Found[];
  /** What the names of still others have after its own. */
  readonly endings: RegExp | undefined;
}

/** `chat.log.1` and so on. */
const ROTATED = /^\.\d+$/;
const ASIDE = /^\.aside-/;
/** Where it goes is for whoever starts the bot to decide, be it a file. */
const STREAM = /^\/dev\/(?:stdout|stderr|fd\/\d+)$/;

/**
 * Compares all files that the bot writes with each other and with all that it reads.
 *
 * @param settings Name the files that it writes.
 * @param read The files that it reads.
 * @returns One sentence for each conflict.
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
      // A pair of written files comes twice.
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
  // Two logs may go to one terminal, or to nowhere.
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
    // What is not there, or cannot be looked at, is compared by its name.
    return undefined;
  }
}

/** Of a file that is not there yet: where it will be. */
function realPath(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch {
    const folder = dirname(path);
    return folder === path ? path : join(realPath(folder), basename(path));
  }
}
