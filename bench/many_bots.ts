/**
 * Measures what 1, 10 and 50 bots cost on one host, each in an embedded channel of its own where ten
 * people say a line a second, a twentieth of them calls. Linux only.
 *
 * Usage: deno task bench:many-bots [--bots 1,10,50] [--minutes 0.5]   (ROSEY_BIN=./rosey for the binary)
 */
import { parseArgs } from "@std/cli";
import { delay } from "../src/clock.ts";
import { FakeOllama } from "../tests/fakes/ollama/server.ts";
import { mulberry32 } from "../tests/sanitize/attacks/random.ts";
import { refuse } from "../tools/refuse.ts";
import { BenchModel, TOKEN_MS } from "./load/model.ts";
import { BenchRoom } from "./load/room.ts";

const PEOPLE = 10;
const SAY_EVERY_MS = 10_000;
const CALL_SHARE = 0.05;
const IDLE_MS = 10_000;
/** Of deploy/cytube-bot@.service. */
const UNIT_MEMORY_MB = 512;
const UNIT_TASKS = 64;
const TICKS_PER_SECOND = 100;

const values = parseArgs(Deno.args, { string: ["bots", "minutes"], unknown: refuse });
const counts = (values.bots ?? "1,10,50").split(",").map(Number);
const minutes = Number(values.minutes ?? 0.5);

const COLUMNS = [
  "bots",
  "all joined",
  "start, CPU",
  "resident each",
  "own each",
  "own, all",
  "threads",
  "CPU each, idle",
  "CPU each, talk",
  "answered",
];
console.log(COLUMNS.join("  "));
for (const count of counts) console.log(row(await measure(count)));

interface Figures {
  readonly count: number;
  readonly joinedMs: number;
  readonly startCpuMs: number;
  readonly residentMb: number;
  readonly ownMb: number;
  readonly threads: number;
  readonly idleShare: number;
  readonly talkShare: number;
  readonly answered: number;
  readonly calls: number;
}

async function measure(count: number): Promise<Figures> {
  const random = mulberry32(count);
  const model = new BenchModel(random);
  await using ollama = FakeOllama.start({
    tokenDelayMs: TOKEN_MS,
    reply: (messages) => model.reply(messages),
  });
  await using rooms = new AsyncDisposableStack();
  const begun = performance.now();
  const all: BenchRoom[] = [];
  for (let number = 1; number <= count; number++) {
    const llm = { ollama_host: ollama.url, llm_cooldown: 10 };
    const options = { number, people: PEOPLE, sayEveryMs: SAY_EVERY_MS, callShare: CALL_SHARE };
    all.push(rooms.use(await BenchRoom.start({ ...options, llm, random })));
  }
  await Promise.all(all.map((room) => room.bot.ready()));
  const joinedMs = performance.now() - begun;
  const pids = all.map((room) => room.bot.pid);
  const startCpuMs = cpuMs(pids);
  const idleShare = await shareOf(pids, () => delay(IDLE_MS));
  const talkShare = await shareOf(
    pids,
    () => Promise.all(all.map((room) => room.talk(minutes))),
  );
  const processes = pids.map(memoryOf);
  await Promise.all(all.map((room) => room.finish()));
  const calls = all.flatMap((room) => [...room.calls.values()]);
  return {
    count,
    joinedMs,
    startCpuMs: startCpuMs / count,
    residentMb: Math.max(...processes.map(({ peakMb }) => peakMb)),
    ownMb: processes.reduce((sum, { ownMb }) => sum + ownMb, 0) / count,
    threads: Math.max(...processes.map(({ threads }) => threads)),
    idleShare,
    talkShare,
    answered: calls.filter(({ answeredMs }) => answeredMs !== undefined).length,
    calls: calls.length,
  };
}

function row(figures: Figures): string {
  const { count, residentMb, ownMb, threads } = figures;
  const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
  const within = (value: number, most: number) => value > most ? " OVER THE UNIT'S LIMIT" : "";
  return [
    count,
    `${(figures.joinedMs / 1000).toFixed(1)} s`,
    `${figures.startCpuMs.toFixed(0)} ms`,
    `${residentMb.toFixed(0)} MB${within(residentMb, UNIT_MEMORY_MB)}`,
    `${ownMb.toFixed(0)} MB`,
    `${(ownMb * count).toFixed(0)} MB`,
    `${threads}${within(threads, UNIT_TASKS)}`,
    percent(figures.idleShare),
    percent(figures.talkShare),
    `${figures.answered} of ${figures.calls}`,
  ].map((cell, at) => String(cell).padStart(COLUMNS[at]!.length)).join("  ");
}

/** The share of one core that a process takes while `run` runs. */
async function shareOf(pids: readonly number[], run: () => Promise<unknown>): Promise<number> {
  const [begunMs, begunCpuMs] = [performance.now(), cpuMs(pids)];
  await run();
  return (cpuMs(pids) - begunCpuMs) / (performance.now() - begunMs) / pids.length;
}

/** Processor time so far: utime and stime of proc_pid_stat(5). */
function cpuMs(pids: readonly number[]): number {
  return pids.map((pid) => {
    const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) * 1000 / TICKS_PER_SECOND;
  }).reduce((sum, ms) => sum + ms, 0);
}

/** The peak of what is resident, and the process's share of it: pages that several bots use count in parts. */
function memoryOf(pid: number): { peakMb: number; ownMb: number; threads: number } {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  const rollup = Deno.readTextFileSync(`/proc/${pid}/smaps_rollup`);
  const megabytes = (text: string, key: string) =>
    Number(new RegExp(`^${key}:\\s+(\\d+) kB$`, "m").exec(text)?.[1]) * 1024 / 1e6;
  return {
    peakMb: megabytes(status, "VmHWM"),
    ownMb: megabytes(rollup, "Pss"),
    threads: Number(/^Threads:\s+(\d+)$/m.exec(status)?.[1]),
  };
}
