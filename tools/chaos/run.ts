/** A run: the bot between a channel and two model servers, while faults come and go. */
import { delay, within } from "../../src/clock.ts";
import { Rosey } from "../../tests/e2e/rosey.ts";
import { makeCerts } from "../../tests/fakes/certs.ts";
import { holdPort } from "../../tests/fakes/ollama/faulty.ts";
import { mulberry32 } from "../../tests/sanitize/attacks/random.ts";
import { Account } from "./account.ts";
import { ChaosChannel } from "./channel.ts";
import { configOf, invalid, SECRETS, type Servers } from "./config.ts";
import { Faults } from "./faults.ts";
import { hostMeans, makeWhole } from "./host.ts";
import { ChaosModel } from "./model.ts";
import { ModelServer } from "./model_server.ts";
import { type ChaosSize, schedule } from "./schedule.ts";
import type { Verdict } from "./verdict.ts";
import { ANSWER_MS, type Violation, Watch } from "./watch.ts";

export interface ChaosOptions {
  readonly seed: number;
  readonly size: ChaosSize;
  /** Where the bot's whole log is written to at the end. */
  readonly logFile?: string;
  /** Ends the run early. */
  readonly signal?: AbortSignal;
  /** Called with each line of the report. */
  readonly onLine?: (text: string) => void;
}

/** One of this many lines is a question. */
const MENTION_EVERY = 8;
/** Between two lines of the room. */
const LINE_MS = { short: 50, long: 100 };
const TICK_MS = 1000;
/** How long the last questions may take. */
const REST_MS = 30_000;
const REST_TICK_MS = 200;
/** The unit's `TimeoutStopSec`. */
const STOP_MS = 20_000;

/** Runs the whole. Everything that it started has ended when it returns. */
export async function chaos(options: ChaosOptions): Promise<Verdict> {
  const { seed, size, logFile, signal, onLine = () => {} } = options;
  await using stack = new AsyncDisposableStack();
  const random = mulberry32(seed ^ 0x5eed);
  const means = stack.use(hostMeans());
  const model = new ChaosModel(random);
  const certs = stack.use(await makeCerts());
  const servers: Servers = {
    ollama: stack.use(new ModelServer({ form: "ollama", model })),
    openai: stack.use(new ModelServer({ form: "openai", model, certs })),
  };
  const account = new Account({
    onViolation(what, word = what) {
      const at = rosey.log.findLastIndex((line) => line.includes(word));
      watch.violated(what, at < 0 ? undefined : at);
    },
  });
  const channel = stack.use(
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
  const { prefix, env } = means;
  const rosey = stack.use(Rosey.start(channel.url, { ...config(), prefix, env: { ...env } }));
  stack.defer(() => makeWhole({ means, rosey }));
  let isStopping = false;
  const ended = rosey.end().then((code) => {
    if (!isStopping) watch.violated(`the program ended with code ${code}`);
    isStopping = true;
  });
  const aborted = new Promise((resolve) => signal?.addEventListener("abort", resolve));
  const isOver = () => isStopping || signal?.aborted === true;

  const say = (text: string) => onLine(`${watch.seconds.toFixed(1).padStart(6)} s  ${text}`);
  const expected: Promise<unknown>[] = [];
  const faults = new Faults({
    servers,
    first: () => first,
    channel,
    account,
    ended: Promise.race([ended, aborted]),
    host: {
      means,
      rosey,
      reload(isValid) {
        if (isValid) first = first === "ollama" ? "openai" : "ollama";
        rosey.reload(channel.url, isValid ? config() : invalid(config()));
      },
      expect(what) {
        expected.push(what);
        what.catch(() => {});
      },
      suspended: (isSuspended) => watch.isSuspended = isSuspended,
    },
    onBegin: say,
    onEnd(name, error) {
      say(`${name}: over`);
      if (error !== undefined && !isOver()) watch.violated(`${name}: ${firstLine(error)}`);
    },
  });
  const watch = new Watch({
    rosey,
    account,
    statusPort,
    secrets: SECRETS,
    faults: () => faults.active,
    wholeSinceMs: () => faults.wholeSinceMs,
    onViolation: (violation) => onLine(described(violation, seed)),
  });
  for (const [kind, why] of means.skipped) onLine(`skipped: ${kind}: ${why}`);
  const ready = rosey.ready().catch((error) => {
    if (!isOver()) watch.violated(`the bot does not begin: ${firstLine(error)}`);
  });
  await Promise.race([ready, ended, aborted]);

  const lineMs = size.minutes === undefined ? LINE_MS.short : LINE_MS.long;
  const talking = setInterval(() => channel.say(), lineMs);
  const ticking = setInterval(() => isOver() || watch.tick(), TICK_MS);
  stack.defer(() => {
    clearInterval(talking);
    clearInterval(ticking);
  });

  let slowestMs = 0;
  const endMs = performance.now() + (size.minutes ?? Infinity) * 60_000;
  for (const round of schedule(seed, size)) {
    if (isOver() || performance.now() >= endMs) break;
    await faults.inflict(round);
    const overMs = performance.now();
    const next = Promise.race([account.answeredSince(overMs), ended, aborted]);
    // A later answer is a violation, which the watch reports.
    const answerMs = await within(next, ANSWER_MS + 2 * TICK_MS);
    if (typeof answerMs !== "number") continue;
    slowestMs = Math.max(slowestMs, answerMs - overMs);
    say(`answers after ${((answerMs - overMs) / 1000).toFixed(1)} s`);
  }
  clearInterval(talking);
  for (const restMs = performance.now() + REST_MS; !isOver() && performance.now() < restMs;) {
    watch.readLog();
    await watch.checkPages();
    if (account.open.length === 0) break;
    await delay(REST_TICK_MS);
  }
  for (const result of await Promise.allSettled(isOver() ? [] : expected)) {
    if (result.status === "rejected") watch.violated(firstLine(result.reason));
  }
  clearInterval(ticking);
  if (!isStopping) {
    isStopping = true;
    makeWhole({ means, rosey });
    const stopped = await within(rosey.stop(), STOP_MS);
    if (!stopped) watch.violated(`SIGTERM does not end the program within ${STOP_MS / 1000} s`);
    else if (stopped.code !== 0) watch.violated(`it exits with ${stopped.code} after SIGTERM`);
  }
  watch.readLog();
  const wasAborted = signal?.aborted === true;
  if (!wasAborted) account.close();
  if (logFile !== undefined) Deno.writeTextFileSync(logFile, `${rosey.log.join("\n")}\n`);
  const { questions, answered, explained } = account;
  const { memory, violations } = watch;
  const counts = { faults: faults.count, questions, answered, explained };
  return { seed, ...counts, slowestMs, memory, violations, wasAborted };
}

function described({ seconds, what, faults, log }: Violation, seed: number): string {
  const during = faults.length > 0 ? faults.join("; ") : "no fault";
  const head = `✗ ${seconds.toFixed(1)} s, seed ${seed}, ${during}: ${what}`;
  return [head, ...log.map((line) => `    ${line.slice(0, 300)}`)].join("\n");
}

/** Errors about a line that did not come have the whole log. */
function firstLine(error: unknown): string {
  return String(error).split("\n", 1)[0]!;
}
