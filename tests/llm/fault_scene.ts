/** A row of the fault matrix: a server with a fault, the expected error, and whether it recovers. */
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

/** Secrets in the credentials; none of them may appear in an error. */
export const PASSWORD = "pw-Drei/Affen";
const TOKEN = "tok-5f3a9c-planted";
/** In a header of the operator's own. */
const COOKIE = "coo-9d1e77-planted";
/** A secret in what the server sends, such as a `Location`. */
export const FOREIGN = "pw-of-another";

export interface Target {
  /** Without credentials, which are added. */
  readonly url: string;
  /** Trusted in addition to the platform's authorities. */
  readonly caCerts?: string[];
  /** The address of an HTTP proxy. */
  readonly proxy?: string;
  /** Replaces the planted credentials. */
  readonly authorization?: string;
  /** Default: the real time. */
  readonly clock?: Clock;
}

/** A server with a fault. */
export interface Scene {
  /** The server with the fault. */
  readonly faulty: Target;
  /** A healthy server; default: the same, asked by the same provider after {@linkcode Scene.cure}. */
  readonly good?: Target;
  /** Removes the fault. */
  readonly cure?: () => void | Promise<void>;
  /** Aborts each request; default: never. */
  readonly signal?: () => AbortSignal;
  readonly close: () => Promise<void>;
}

export interface FaultRow {
  /** What the server does. */
  readonly name: string;
  /** Default `ollama`. */
  readonly provider?: "ollama" | "openai";
  /** Default `chat`. */
  readonly ask?: "chat" | "probe" | "load";
  /** The expected kind of the error. */
  readonly kind: string;
  /** Matches the error's reason, or its whole message. */
  readonly message: RegExp;
  /** Matches the error's hint; default: any. */
  readonly hint?: RegExp;
  /** Limit of a whole answer; default 5000. */
  readonly limitMs?: number;
  /** Limit until an answer begins; default: `limitMs`. */
  readonly firstTokenMs?: number;
  /** What the machine must have. */
  readonly needs?: "linux" | "openssl" | "ipv6";
  /** Starts the server. */
  readonly open: () => Scene | Promise<Scene>;
}

/** The result of a row. */
export interface Outcome {
  /** Empty if there was no error. */
  readonly kind: string;
  /** The error's reason, or the result if there was no error. */
  readonly reason: string;
  /** Empty if there is none. */
  readonly hint: string;
  /** Differences from the row. */
  readonly differences: readonly string[];
}

const never = new AbortController().signal;

/** Plays a row, with a password in the address, with a token and with a cookie. */
export async function playRow(row: FaultRow): Promise<Outcome> {
  const scene = await row.open();
  const providers = providersOf(scene.faulty, row);
  const cured: Provider[] = [];
  const differences: string[] = [];
  let last = { kind: "", reason: "", hint: "" };
  try {
    for (const provider of providers) {
      const result = await ask(provider, row, scene.signal?.());
      last = outcomeOf(result);
      differences.push(...compare(row, last), ...leaksOf(result));
    }
    await scene.cure?.();
    if (scene.good) cured.push(...providersOf(scene.good, row));
    for (const provider of scene.good ? cured : providers) {
      const result = await ask(provider, row, never);
      if (result instanceof Error) differences.push(`not recovered: ${result.message}`);
    }
  } finally {
    for (const provider of [...providers, ...cured]) provider.close();
    await scene.close();
  }
  return { ...last, differences: [...new Set(differences)] };
}

/** Providers of a row's server: with a password in the address, with a token, with a cookie. */
export function providersOf(target: Target, row: FaultRow, probeTimeoutMs?: number) {
  const { provider = "ollama", limitMs = 5000, firstTokenMs: firstTokenTimeoutMs } = row;
  const { url, caCerts, proxy, clock } = target;
  const address = url.replace("://", `://rosey:${encodeURIComponent(PASSWORD)}@`);
  const endpoint = parseHost(address);
  const given = target.authorization;
  const every: Record<string, string>[] = given ? [{ authorization: given }] : [
    { authorization: endpoint.authorization! },
    { authorization: `Bearer ${TOKEN}` },
    { cookie: `CF_Authorization=${COOKIE}; lang=en` },
  ];
  return every.map((credentials): Provider => {
    const connect = () =>
      Deno.createHttpClient({
        ...(caCerts ? { caCerts } : {}),
        ...(proxy ? { proxy: { url: proxy } } : {}),
      });
    const server = { ...endpoint, credentials, model: "rosey-demo", clock };
    const answer = { connect, responseTimeoutMs: limitMs, firstTokenTimeoutMs, probeTimeoutMs };
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

type Failure = Pick<Outcome, "kind" | "reason" | "hint">;

function outcomeOf(result: unknown): Failure {
  if (result instanceof ProviderError) {
    const { kind, reason, hint = "" } = result;
    return { kind, reason, hint };
  }
  if (result instanceof Error) return { kind: result.name, reason: result.message, hint: "" };
  return { kind: "", reason: `no error: ${JSON.stringify(result)}`, hint: "" };
}

function compare(row: FaultRow, { kind, reason, hint }: Failure): string[] {
  const isExpected = [reason, `${reason}; ${hint}`].some((text) => row.message.test(text));
  const { hint: expected = kind === "aborted" ? /^$/ : /./ } = row;
  return [
    ...(kind === row.kind ? [] : [`kind: ${kind || "none"} instead of ${row.kind}`]),
    ...(isExpected ? [] : [`message: ${reason} instead of ${row.message}`]),
    ...(expected.test(hint) ? [] : [`hint: ${hint || "none"} instead of ${expected}`]),
  ];
}

/** Planted secrets in an error, its causes, or any of their fields. */
function leaksOf(result: unknown): string[] {
  let texts = Deno.inspect(result, { depth: 20, strAbbreviateSize: Infinity });
  for (let error = result; error instanceof Error; error = error.cause) {
    texts += `\n${error.name}\n${errorMessage(error)}\n${error.stack}`;
  }
  return plantedIn(texts).map((secret) => `leak: ${secret}`);
}

/** A part of a secret is a leak, too; `rosey:` in Base64 is shorter. */
const PART_CHARS = 10;

/** Planted secrets, in all forms, whose beginning is in the text. */
export function plantedIn(text: string): string[] {
  const planted = secretsOf(`http://rosey:${encodeURIComponent(PASSWORD)}@localhost`);
  return [...planted, TOKEN, COOKIE, FOREIGN]
    .filter((secret) => text.includes(secret.slice(0, PART_CHARS)));
}

/** What a row needs and this machine does not have; undefined if the row can be played. */
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

/** Ollama with a fault until it is cured. */
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

/** Bytes on a socket; after its cure the same server is healthy. */
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

/** An OpenAI-compatible server. */
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

/** A clock whose timers take at most 0.1 s. */
export const hasty: Clock = {
  ...systemClock,
  setTimer: (fn, ms) => systemClock.setTimer(fn, Math.min(ms, 100)),
};
