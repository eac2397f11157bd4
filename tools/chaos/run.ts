/** A run: the bot between a channel and two model servers, while faults come and go. */
import { delay, within } from "../../src/clock.ts";
import { Rosey } from "../../tests/e2e/rosey.ts";
import { makeCerts } from "../../tests/fakes/certs.ts";
import { holdPort } from "../../tests/fakes/ollama/faulty.ts";
import { mulberry32 } from "../../tests/sanitize/attacks/random.ts";
import { Account } from "./account.ts";
import { ChaosChannel } from "./channel.ts";
import { configOf, invalid, SECRETS, type Servers } from "./config.ts";
import { hostMeans, inflictOnHost, isHostFault, makeWhole, startOptions } from "./host.ts";
import { ChaosModel } from "./model.ts";
import { ModelServer } from "./model_server.ts";
import { type ChaosSize, type Fault, type HostFault, type Round, schedule } from "./schedule.ts";
import type { Verdict } from "./verdict.ts";
import { ANSWER_MS, type Violation, Watch } from "./watch.ts";

export interface ChaosOptions {
  readonly seed: number;
  readonly size: ChaosSize;
  /** Ends the run early. */
  readonly signal?: AbortSignal;
  /** Called with each line of the report. */
  readonly onLine?: (text: string) => void;
}

const MENTION_EVERY = 8;
const TICK_MS = 1000;
/** Between two lines of the room. */
const LINE_MS = { short: 50, long: 100 };
/** So long a fault waits for a request that meets it. */
const HIT_MS = 4000;
/** So long the last questions may take. */
const REST_MS = 30_000;
/** The unit's `TimeoutStopSec`. */
const STOP_MS = 20_000;

/** Runs the whole. Everything that it started has ended when it returns. */
export async function chaos(options: ChaosOptions): Promise<Verdict> {
  const { seed, size, signal, onLine = () => {} } = options;
  await using run = new AsyncDisposableStack();
  const random = mulberry32(seed ^ 0x5eed);
  const means = run.use(hostMeans());
  const model = new ChaosModel(random);
  const certs = run.use(await makeCerts());
  const servers: Servers = {
    ollama: run.use(new ModelServer({ form: "ollama", model })),
    openai: run.use(new ModelServer({ form: "openai", model, certs })),
  };
  const account = new Account({ onViolation: (what) => watch.violated(what) });
  const channel = run.use(
    await ChaosChannel.start({
      random,
      antiflood: false,
      mentionEvery: MENTION_EVERY,
      asker(n) {
        const user = `asker${n}`;
        account.asked(n, { user, atMs: performance.now(), wasHeard: channel.hasBot });
        return user;
      },
      onSent: (msg) => account.sent(msg),
      onSaid: (line) => account.said(line, performance.now()),
    }),
  );
  const statusPort = holdPort();
  let first: keyof Servers = random() < 0.5 ? "ollama" : "openai";
  const config = () =>
    configOf({ ...servers, first, caPath: certs.caPath, folder: means.folder, statusPort });
  const rosey = run.use(Rosey.start(channel.url, { ...config(), ...startOptions(means) }));
  run.defer(() => makeWhole({ means, rosey }));
  const active = new Set<string>();
  const broken = new Set<string>();
  let wholeSinceMs: number | undefined;
  const reckon = () => {
    const isWhole = broken.size === 0 && Object.values(servers).some(({ isWhole }) => isWhole);
    wholeSinceMs = isWhole ? wholeSinceMs ?? performance.now() : undefined;
  };
  const watch = new Watch({
    rosey,
    account,
    statusPort,
    secrets: SECRETS,
    faults: () => [...active],
    wholeSinceMs: () => wholeSinceMs,
    onViolation: (violation) => onLine(described(violation, seed)),
  });
  for (const [kind, why] of means.skipped) onLine(`skipped: ${kind}: ${why}`);
  let hasEnded = false;
  const ended = rosey.end().then((code) => {
    if (!hasEnded) watch.violated(`the program ended with code ${code}`);
    hasEnded = true;
  });
  const isOver = () => hasEnded || signal?.aborted === true;
  await rosey.ready();
  reckon();

  const talk = setInterval(
    () => channel.say(),
    size.minutes === undefined ? LINE_MS.short : LINE_MS.long,
  );
  run.defer(() => clearInterval(talk));
  const ticks = setInterval(() => hasEnded || watch.tick(), TICK_MS);
  run.defer(() => clearInterval(ticks));

  const expected: Promise<unknown>[] = [];
  const targetsOf = (fault: Fault & { side: "model" }): ModelServer[] => {
    const second = first === "ollama" ? "openai" : "ollama";
    const { target } = fault;
    if (target === "both") return Object.values(servers);
    return [servers[target === "https" ? "openai" : target === "first" ? first : second]];
  };
  const onModel = async (fault: Fault & { side: "model" }, targets: readonly ModelServer[]) => {
    await Promise.all(targets.map((server) => server.begin(fault.kind, fault.chatOnly)));
    reckon();
    // A fault that no request meets shows nothing.
    if (fault.kind !== "killed") {
      await within(Promise.race([...targets.map((one) => one.hit()), ended]), HIT_MS);
    }
    await within(ended, fault.seconds * 1000);
    await Promise.all(targets.map((server) => server.end()));
  };
  const onHost = (kind: HostFault, seconds: number) =>
    inflictOnHost(kind, seconds, {
      means,
      rosey,
      reload(valid) {
        if (valid) first = first === "ollama" ? "openai" : "ollama";
        rosey.reload(channel.url, valid ? config() : invalid(config()));
      },
      expect: (what) => {
        expected.push(what);
        what.catch(() => {});
      },
      suspended: (isSuspended) => watch.isSuspended = isSuspended,
    });
  let faults = 0;
  const inflict = async (fault: Fault) => {
    const targets = fault.side === "model" ? targetsOf(fault) : [];
    const on = fault.side === "model" ? targets.map(({ form }) => form).join("+") : fault.side;
    const name = `${on}: ${fault.kind}${
      fault.side === "model" && fault.chatOnly ? ", answers only" : ""
    }`;
    faults++;
    active.add(name);
    onLine(`${watch.seconds.toFixed(1).padStart(6)} s  ${name}`);
    if (fault.side !== "model") broken.add(name);
    reckon();
    try {
      if (fault.side === "model") await onModel(fault, targets);
      else if (fault.side === "host") await onHost(fault.kind, fault.seconds);
      else {
        await channel.inflict(fault.kind, fault.seconds, () => account.lost(performance.now()));
      }
    } catch (error) {
      const [what] = String(error).split("\n");
      if (!isOver()) watch.violated(`${name}: ${what}`);
    } finally {
      active.delete(name);
      broken.delete(name);
      reckon();
      onLine(`${watch.seconds.toFixed(1).padStart(6)} s  ${name}: over`);
    }
  };
  const play = async (round: Round) => {
    const possible = round.filter(({ kind }) => !isHostFault(kind) || !means.skipped.has(kind));
    await Promise.all(possible.map(inflict));
    const endMs = performance.now();
    const answered = account.answeredSince(endMs);
    const aborted = new Promise((resolve) => signal?.addEventListener("abort", resolve));
    const atMs = await within(Promise.race([answered, ended, aborted]), ANSWER_MS + 2 * TICK_MS);
    if (typeof atMs !== "number") return;
    const tookMs = atMs - endMs;
    slowestMs = Math.max(slowestMs, tookMs);
    onLine(`${watch.seconds.toFixed(1).padStart(6)} s  answers after ${seconds(tookMs)}`);
  };
  let slowestMs = 0;
  const endMs = performance.now() + (size.minutes ?? Infinity) * 60_000;
  for (const round of schedule(seed, size)) {
    if (isOver() || performance.now() >= endMs) break;
    await play(round);
  }
  clearInterval(talk);
  const restMs = performance.now() + REST_MS;
  do {
    watch.readLog();
    await delay(100);
  } while (!isOver() && account.open.length > 0 && performance.now() < restMs);
  for (const result of await Promise.allSettled(isOver() ? [] : expected)) {
    if (result.status === "rejected") watch.violated(String(result.reason).split("\n", 1)[0]!);
  }
  clearInterval(ticks);
  const wasAborted = signal?.aborted === true;
  if (!hasEnded) {
    hasEnded = true;
    const stopped = await within(rosey.stop(), STOP_MS);
    if (!stopped) watch.violated(`SIGTERM does not end the program within ${STOP_MS / 1000} s`);
    else if (stopped.code !== 0) watch.violated(`it exits with ${stopped.code} after SIGTERM`);
  }
  watch.readLog();
  if (!wasAborted) account.close();
  return {
    seed,
    faults,
    questions: account.questions,
    answered: account.answered,
    explained: account.explained,
    slowestMs,
    memory: watch.memory,
    violations: watch.violations,
    wasAborted,
  };
}

function described({ seconds, what, faults, log }: Violation, seed: number): string {
  const during = faults.length > 0 ? faults.join("; ") : "no fault";
  const head = `✗ ${seconds.toFixed(1)} s, seed ${seed}, ${during}: ${what}`;
  return [head, ...log.map((line) => `    ${line.slice(0, 300)}`)].join("\n");
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
