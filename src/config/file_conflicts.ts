import { basename, dirname, join, resolve } from "@std/path";
import { fileInfo } from "../storage/file_info.ts";
import { COMPANIONS } from "../storage/state_database.ts";
import type { Settings } from "./settings.ts";

export interface NamedFile {
  readonly setting: string;
  readonly path: string;
}

interface FoundFile extends NamedFile {
  /** With all symbolic links resolved. */
  readonly real: string;
  /** Of a file that exists. */
  readonly inode: string | undefined;
  readonly isDevice: boolean;
}

/** `chat.log.1` and so on. */
const ROTATED = /^\.\d+$/;
const ASIDE = /^\.aside-/;
/** The operator may redirect these to any file. */
const STREAM = /^\/dev\/(?:stdout|stderr|fd\/\d+)$/;
/** More links in a row than the system follows. */
const MAX_LINKS = 40;

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
  const written = Object.entries({
    state_file: stateFile,
    media_log_file: mediaLogFile,
    chat_log_file: chatLogFile,
  }).flatMap(([setting, path]) => path === undefined ? [] : [find({ setting, path })]);
  const files = [...written, ...read.map(find)];
  const problems = written.flatMap((file, at) =>
    files.flatMap((other, otherAt): string[] => {
      if (other === file) return [];
      // Each pair of written files is compared twice.
      if (otherAt > at && isSame(file, other)) {
        return [`${file.setting}: expected a file of its own, found that of ${other.setting}`];
      }
      if (!belongs(other, file, logMaxMegabytes > 0)) return [];
      const found = `found a file that belongs to ${file.setting}`;
      return [`${other.setting}: expected a file of its own, ${found}`];
    })
  );
  return [...new Set(problems)];
}

function isSame(a: FoundFile, b: FoundFile): boolean {
  // Two logs may go to the same terminal or to /dev/null.
  if (a.isDevice && b.isDevice) return false;
  return a.real === b.real || a.inode !== undefined && a.inode === b.inode;
}

/** Whether SQLite or the rotation of a written file also writes this file. */
function belongs(file: FoundFile, { setting, real }: FoundFile, rotates: boolean): boolean {
  const ending = file.real.startsWith(real) ? file.real.slice(real.length) : "";
  if (setting !== "state_file") return rotates && ROTATED.test(ending);
  return ASIDE.test(ending) ||
    COMPANIONS.some((end) => isSame(find({ setting, path: real + end }), file));
}

function find({ setting, path }: NamedFile): FoundFile {
  // A file that does not exist or cannot be looked at is compared by its path.
  const info = fileInfo(path);
  const inode = info?.ino ? `${info.dev}:${info.ino}` : undefined;
  const isDevice = STREAM.test(path) || info?.isFile === false;
  return { setting, path, real: realPath(path), inode, isDevice };
}

/** Also for a file that does not exist yet, and for one behind links. */
function realPath(path: string, links = 0): string {
  const folder = dirname(path);
  try {
    return Deno.realPathSync(path);
  } catch {
    if (folder === path || links >= MAX_LINKS) return path;
  }
  try {
    return realPath(resolve(folder, Deno.readLinkSync(path)), links + 1);
  } catch {
    return join(realPath(folder, links), basename(path));
  }
}
