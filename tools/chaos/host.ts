/** The faults of the bot's host: its disk, its clock, a suspension, its operator's configuration. */
import { delay } from "../../src/clock.ts";
import type { Rosey } from "../../tests/e2e/rosey.ts";
import type { HostFault } from "./schedule.ts";

/** How the faults of a host are brought about on this machine. */
export interface HostMeans extends Disposable {
  /** A command that runs the program with a disk of its own; empty where that is not possible. */
  readonly prefix: readonly string[];
  /** The folder of the program's files. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  /** Why a kind of fault cannot be brought about. */
  readonly skipped: ReadonlyMap<HostFault, string>;
  /** Sets the clock forward by so many seconds, or right again. */
  readonly setClock: (seconds: number) => void;
}

export interface HostContext {
  readonly means: HostMeans;
  readonly rosey: Rosey;
  /** The configurations that a reload takes in turn. */
  readonly reload: (valid: boolean) => void;
  /** Called with a promise that must be kept before the end. */
  readonly expect: (what: Promise<unknown>) => void;
  /** The process is stopped, or goes on. */
  readonly suspended: (isSuspended: boolean) => void;
}

const DISK = "8m";
const FILLER = "filler";
/** The clock jumps by an hour: beyond all limits of the bot. */
const JUMP_SECONDS = 3600;
/** A reload and the next write to a disk that has room again. */
const EFFECT_MS = 60_000;
const FAKETIME = `/usr/lib/${Deno.build.arch}-linux-gnu/faketime/libfaketime.so.1`;

/** Finds out what is possible here, without changing this machine. */
export function hostMeans(): HostMeans {
  const folder = Deno.makeTempDirSync({ prefix: "rosey-chaos-" });
  const disk = `${folder}/disk`;
  Deno.mkdirSync(disk);
  const skipped = new Map<HostFault, string>();
  // Root may mount; others may in a namespace of their own, where the machine lets them.
  const mount = [[], ["--map-root-user"]].map((more) => [
    "unshare",
    "--mount",
    ...more,
    "sh",
    "-c",
    `mount -t tmpfs -o size=${DISK},mode=0777 tmpfs "$0" && exec "$@"`,
    disk,
  ]).find((command) => succeeds([...command, "true"]));
  if (!mount) skipped.set("disk full", "this user may not mount a small disk");
  const time = `${folder}/time`;
  const setClock = (seconds: number) => Deno.writeTextFileSync(time, `+${seconds}\n`);
  setClock(0);
  const fake = {
    LD_PRELOAD: FAKETIME,
    FAKETIME_TIMESTAMP_FILE: time,
    FAKETIME_NO_CACHE: "1",
    FAKETIME_DONT_FAKE_MONOTONIC: "1",
    NO_FAKE_STAT: "1",
  };
  const hasFaketime = exists(FAKETIME);
  if (!hasFaketime) skipped.set("clock jumps", "Debian's package faketime is not installed");
  return {
    prefix: mount ?? [],
    folder: disk,
    env: hasFaketime ? fake : {},
    skipped,
    setClock,
    [Symbol.dispose]: () => Deno.removeSync(folder, { recursive: true }),
  };
}

/** Carries out a fault. */
export async function inflictOnHost(
  kind: HostFault,
  seconds: number,
  { means, rosey, reload, expect, suspended }: HostContext,
): Promise<void> {
  const from = rosey.log.length;
  const soon = { from, timeoutMs: EFFECT_MS };
  const last = () => delay(seconds * 1000);
  switch (kind) {
    case "disk full": {
      // The disk is visible to the program alone.
      const filler = `/proc/${rosey.pid}/root${means.folder}/${FILLER}`;
      fill(filler);
      await rosey.line(/Cannot write/, soon);
      await last();
      Deno.removeSync(filler);
      expect(rosey.line(/can be written again/, soon));
      return;
    }
    case "suspended":
      suspended(true);
      Deno.kill(rosey.pid, "SIGSTOP");
      await last();
      Deno.kill(rosey.pid, "SIGCONT");
      suspended(false);
      return;
    case "clock jumps":
      means.setClock(JUMP_SECONDS);
      await last();
      means.setClock(0);
      return;
    case "new configuration":
      reload(true);
      await rosey.line(/ Reloaded /, soon);
      return;
    case "invalid configuration":
      reload(false);
      await rosey.line(/Cannot reload/, soon);
      return;
  }
}

/** Undoes what a run that was ended early has left. */
export function makeWhole({ means, rosey }: Pick<HostContext, "means" | "rosey">): void {
  means.setClock(0);
  try {
    Deno.kill(rosey.pid, "SIGCONT");
  } catch {
    // It has ended.
  }
}

function fill(path: string): void {
  using file = Deno.openSync(path, { write: true, create: true });
  // Ever smaller, until not even a byte finds room.
  for (let size = 1 << 20; size >= 1; size >>= 4) {
    const block = new Uint8Array(size);
    try {
      for (;;) file.writeSync(block);
    } catch (error) {
      if (!/no space left/i.test(String(error))) throw error;
    }
  }
}

function succeeds([command, ...args]: readonly string[]): boolean {
  try {
    const options = { args, stdout: "null", stderr: "null" } as const;
    return new Deno.Command(command!, options).outputSync().success;
  } catch {
    return false;
  }
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
