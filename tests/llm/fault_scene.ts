/**
 * One row of the fault matrix: a server that misbehaves, what a provider must make of it, and whether it
 * works again when the fault is gone.
 *
 * @module
 */
import { type Clock, systemClock } from "../../src/clock.ts";
import { errorMessage } from "../../src/errors.ts";
import { parseHost, secretsOf } from "../../src/config/ollama_host.ts";
import { OllamaProvider } from "../../src/llm/ollama.ts";
import { OpenAiProvider } from "../../src/llm/openai.ts";
import { ProviderError } from "../../src/llm/errors.ts";
import type { Provider } from "../../src/llm/provider.ts";
import { FaultyOllama } from "../fakes/ollama/faulty.ts";
import type { Fault } from "../fakes/ollama/faults.ts";
import { FakeOpenAi, type OpenAiMode } from "../fakes/openai.ts";
import { RawHttp, type RawScript } from "../fakes/raw_http.ts";

/** What stands where a secret does; none of them may turn up in an error. */
export const PASSWORD = "pw-Drei/Affen";
const TOKEN = "tok-5f3a9c-planted";
/** In places that are the server's own, such as a `Location`. */
export const FOREIGN = "pw-of-another";

/** How a server is reached. */
export interface Target {
  /** Without credentials: these are added. */
  readonly url: string;
  /** Authorities to trust beside the platform's. */
  readonly caCerts?: string[];
  /** An HTTP proxy on the way. */
  readonly proxy?: string;
  /** Instead of the planted credentials. */
  readonly authorization?: string;
  /** Default: the real time. */
  readonly clock?: Clock;
}

/** A server while it misbehaves. */
export interface Scene {
  /** Where the fault is met. */
  readonly faulty: Target;
  /** Where it is not; default: the same, by the same provider, after {@linkcode Scene.cure}. */
  readonly good?: Target;
  /** Puts the server right. */
  readonly cure?: () => void | Promise<void>;
  /** Ends each request; default: nobody does. */
  readonly signal?: () => AbortSignal;
  /** Lets go of everything. */
  readonly close: () => Promise<void>;
}

/** One row. */
export interface FaultRow {
  /** What the server does. */
  readonly name: string;
  /** Who meets it; default `ollama`. */
  readonly provider?: "ollama" | "openai";
  /** What is asked; default `chat`. */
  readonly ask?: "chat" | "probe" | "load";
  /** The error's kind; a misspelt one fails its row. */
  readonly kind: string;
  /** Matches what the error's message says was found, or all of it. */
  readonly message: RegExp;
  /** Matches what it says is to be done next; default: anything. */
  readonly next?: RegExp;
  /** For a whole answer; default 5000. */
  readonly limitMs?: number;
  /** Until an answer begins; default: as long as the whole. */
  readonly firstTokenMs?: number;
  /** What it takes beside Deno. */
  readonly needs?: "linux" | "openssl" | "ipv6";
  /** Begins to misbehave. */
  readonly open: () => Scene | Promise<Scene>;
}

/** What a row led to. */
export interface Outcome {
  /** The error's kind; empty when there was none. */
  readonly kind: string;
  /** What the error's message says was found, or what came instead of an error. */
  readonly found: string;
  /** What it says is to be done next; empty where it does not. */
  readonly next: string;
  /** What is not as the row has it; empty when all is. */
  readonly differences: readonly string[];
}

const never = new AbortController().signal;

/**
 * Plays a row: first with a password in the address, then with a token.
 *
 * @param row What happens, and what should come of it.
 * @returns What came of it.
 */
export async function playRow(row: FaultRow): Promise<Outcome> {
  const scene = await row.open();
  const providers = providersOf(scene.faulty, row);
  const cured: Provider[] = [];
  const differences: string[] = [];
  let last = { kind: "", found: "", next: "" };
  try {
    for (const provider of providers) {
      const found = await ask(provider, row, scene.signal?.());
      last = outcomeOf(found);
      differences.push(...compare(row, last), ...leaksOf(found));
    }
    await scene.cure?.();
    if (scene.good) cured.push(...providersOf(scene.good, row));
    for (const provider of scene.good ? cured : providers) {
      const found = await ask(provider, row, never);
      if (found instanceof Error) differences.push(`not cured: ${found.message}`);
    }
  } finally {
    for (const provider of [...providers, ...cured]) provider.close();
    await scene.close();
  }
  return { ...last, differences: [...new Set(differences)] };
}

/** Providers of a row's server: one with a password in the address, one with a token. */
export function providersOf(target: Target, row: FaultRow) {
  const { provider = "ollama", limitMs = 5000, firstTokenMs: firstTokenTimeoutMs } = row;
  const { url, caCerts, proxy, clock } = target;
  const address = url.replace("://", `://rosey:${encodeURIComponent(PASSWORD)}@`);
  const endpoint = parseHost(address);
  const given = target.authorization;
  const credentials = given ? [given] : [endpoint.authorization, `Bearer ${TOKEN}`];
  return credentials.map((authorization): Provider => {
    const connect = () =>
      Deno.createHttpClient({
        ...(caCerts ? { caCerts } : {}),
        ...(proxy ? { proxy: { url: proxy } } : {}),
      });
    const server = { ...endpoint, authorization, model: "rosey-demo", clock };
    const answer = { connect, responseTimeoutMs: limitMs, firstTokenTimeoutMs };
    if (provider === "openai") {
      return new OpenAiProvider({ server, ...answer, loadTimeoutMs: limitMs });
    }
    const options = { keepAlive: "5m", options: {}, think: false };
    return new OllamaProvider({ server, ...options, ...answer, loadTimeoutMs: limitMs });
  });
}

async function ask(provider: Provider, row: FaultRow, signal = never): Promise<unknown> {
  try {
    if (row.ask === "probe") return await provider.probe(signal);
    if (row.ask === "load") return await provider.load(signal);
    return await provider.chat([{ role: "user", content: "bob: hi" }], signal);
  } catch (error) {
    return error;
  }
}

type Failure = Pick<Outcome, "kind" | "found" | "next">;

function outcomeOf(result: unknown): Failure {
  if (result instanceof ProviderError) {
    const { kind, reason: found, hint: next = "" } = result;
    return { kind, found, next };
  }
  if (result instanceof Error) return { kind: result.name, found: result.message, next: "" };
  return { kind: "", found: `no error: ${JSON.stringify(result)}`, next: "" };
}

function compare(row: FaultRow, { kind, found, next }: Failure): string[] {
  const said = [found, `${found}; ${next}`].some((text) => row.message.test(text));
  const { next: wanted = kind === "aborted" ? /^$/ : /./ } = row;
  return [
    ...(kind === row.kind ? [] : [`kind: ${kind || "none"} instead of ${row.kind}`]),
    ...(said ? [] : [`message: ${found} instead of ${row.message}`]),
    ...(wanted.test(next) ? [] : [`next step: ${next || "none"} instead of ${wanted}`]),
  ];
}

/** Planted secrets in an error, in whatever it was caused by, or in any field of these. */
function leaksOf(found: unknown): string[] {
  let texts = Deno.inspect(found, { depth: 20, strAbbreviateSize: Infinity });
  for (let error = found; error instanceof Error; error = error.cause) {
    texts += `\n${error.name}\n${errorMessage(error)}\n${error.stack}`;
  }
  return plantedIn(texts).map((secret) => `leak: ${secret}`);
}

/** Half a secret is one, too: `rosey:` alone, in Base64, is shorter. */
const PART_CHARS = 10;

/** Planted secrets, in every form of them, that a text holds the begin of. */
export function plantedIn(text: string): string[] {
  const planted = secretsOf(`http://rosey:${encodeURIComponent(PASSWORD)}@localhost`);
  return [...planted, TOKEN, FOREIGN]
    .filter((secret) => text.includes(secret.slice(0, PART_CHARS)));
}

/**
 * What a row needs and this machine has not.
 *
 * @param row The row.
 * @returns Its name, or undefined when the row can be played.
 */
export function missing({ needs }: FaultRow): string | undefined {
  if (needs === undefined) return undefined;
  return HAS[needs]() ? undefined : needs;
}

const HAS: Record<NonNullable<FaultRow["needs"]>, () => boolean> = {
  linux: () => Deno.build.os === "linux",
  openssl: () =>
    succeeds(() => void new Deno.Command("openssl", { args: ["version"] }).outputSync()),
  ipv6: () => succeeds(() => Deno.listen({ hostname: "::1", port: 0 }).close()),
};

function succeeds(attempt: () => void): boolean {
  try {
    attempt();
    return true;
  } catch {
    return false;
  }
}

/** Ollama behind a door that misbehaves until it is cured. */
export function ollama(fault: Fault, clock?: Clock): () => Scene {
  return () => {
    const server = FaultyOllama.start({ tokenDelayMs: 0, reply: () => "Fine.", fault });
    return {
      faulty: { url: server.url, clock },
      cure: () => void (server.fault = null),
      close: () => server.close(),
    };
  };
}

/** A status with a body, for all paths. */
export function status(
  status: number,
  body: string,
  headers: Record<string, string> = {},
): () => Scene {
  const { "content-type": contentType, ...rest } = headers;
  return ollama({ kind: "status", status, body, contentType, headers: rest, on: "all" });
}

/** Bytes on a socket; the same server answers well when it is cured. */
export function raw(script: RawScript, path = ""): () => Scene {
  return () => {
    const server = new RawHttp(script);
    return {
      faulty: { url: server.url + path },
      cure: () => void (server.script = null),
      close: () => server.close(),
    };
  };
}

/** A server of OpenAI's kind. */
export function openai(mode: OpenAiMode): () => Scene {
  return () => {
    const server = new FakeOpenAi();
    server.mode = mode;
    return {
      faulty: { url: server.url },
      cure: () => void (server.mode = { kind: "stream", text: "Fine." }),
      close: () => server[Symbol.asyncDispose](),
    };
  };
}

/** Time in which no timer takes longer than a tenth of a second. */
export const hasty: Clock = {
  ...systemClock,
  setTimer: (fn, ms) => systemClock.setTimer(fn, Math.min(ms, 100)),
};
