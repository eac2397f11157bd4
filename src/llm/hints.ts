/**
 * What to do next about a request that failed.
 *
 * @module
 */
import type { Redact } from "../redact.ts";
import type { FailureKind, ProviderError } from "./provider.ts";
import { hostName, proxyFor } from "./proxy.ts";

/** What a request was for. */
export type Phase = "probe" | "load" | "answer" | "pull";

/** What was asked of a server. */
export interface RequestInfo {
  /** The server's address without credentials. */
  readonly host: string;
  /** Below that address, e.g. `/api/chat`. */
  readonly path: string;
  /** As the server knows it. */
  readonly model: string;
  /** What for. */
  readonly step: Phase;
  /** Whether credentials were sent. */
  readonly hasCredentials: boolean;
  /** Makes the server's words fit to be quoted. */
  readonly redact: Redact;
}

/**
 * Tells Ollama's own API from that of OpenAI's kind.
 *
 * @param asked What was asked.
 * @returns Whether it was asked of Ollama.
 */
export function isOllama({ path }: Pick<RequestInfo, "path">): boolean {
  return path.startsWith("/api/");
}

/**
 * How a model comes to an Ollama server.
 *
 * @param model Its name.
 * @returns What to run, here or there.
 */
export function pullAdvice(model: string): string {
  return `run: rosey pull ${model} (or on the server: ollama pull ${model})`;
}

/**
 * What to do about a proxy before the server that answered for it.
 *
 * @param asked What was asked.
 * @returns Where to look, and how to go around one on this side.
 */
export function behindProxy(asked: RequestInfo): string {
  const start = startOf(asked);
  const url = new URL(asked.host);
  const proxy = proxyFor(url);
  return proxy === undefined
    ? `behind the proxy: ${start}`
    : `behind the proxy: ${start}; if it is ${proxy.url} of ${proxy.variable}, ` +
      `NO_PROXY=${hostName(url)} goes around it`;
}

/**
 * What to do about a proxy on the way that wants a password.
 *
 * @param host The server's address.
 * @returns Where the password belongs.
 */
export function proxyPassword(host: string): string {
  const url = new URL(host);
  const { variable = url.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY" } = proxyFor(url) ??
    {};
  return `put name:password@ into ${variable}, or set NO_PROXY=${hostName(url)} to go around it`;
}

type Advice = (asked: RequestInfo) => string;

/** What servers say, in Ollama's words and in OpenAI's. */
const WORDS: readonly (readonly [RegExp, Advice])[] = [
  [
    /cannot pull it: .*(?:does not exist|not found)/,
    ({ model }) => `correct the name ${model}: https://ollama.com/library has them`,
  ],
  [
    /no space left/,
    () =>
      "on the server: make room on the disk; ollama list shows what it has, ollama rm removes one",
  ],
  [/cannot pull it: .*newer version/, () => "on the server: install a newer Ollama"],
  [
    /cannot pull it: .*(?:dial tcp|lookup|timeout|max retries|connection re)/,
    () => "let the server reach registry.ollama.ai, if need be through HTTPS_PROXY in its unit",
  ],
  [/not support thinking|invalid think value/, () => "set llm.think to false"],
  [/not support (?:chat|completion)/, () => "use another model: this one is not made to chat"],
  [
    /(?:out of|system|shouldStop|insufficient|more) memory|(?:failed|unable) to (?:allocate|create llama)/i,
    () => "use a smaller model, or a smaller num_ctx in llm.options",
  ],
  [/option "/, () => "correct llm.options"],
  [/in duration/, () => 'correct llm.keep_alive, e.g. "5m"'],
  [
    /invalid model name/,
    ({ step, model }) => step === "pull" ? `correct the name ${model}` : "correct llm.model",
  ],
  [/invalid model|not a valid model/i, () => "set llm.model to one that it has"],
  [
    /maximum context|context (?:length|size|window)|(?:max|exceed\w*) .*context|prompt is too long/i,
    () => "lower llm.max_history_messages, or shorten the persona",
  ],
  [
    /quota|billing|credits|usage limit|upgrade/i,
    () => "look at the plan and the bill of the account",
  ],
  [
    /Bad Gateway|cannot connect to|connection refused|connect error|no (?:available|healthy)/i,
    behindProxy,
  ],
  [
    /on thinking$/,
    (asked) =>
      isOllama(asked)
        ? "raise num_predict in llm.options, or set llm.think to false"
        : "raise the server's limit of tokens, or use a model that thinks less",
  ],
  [
    /is not JSON: "\s*</,
    ({ host }) =>
      `open ${host} in a browser: another web server, or a page to log in, answers there`,
  ],
  [/loading model/i, () => "wait until it has loaded its model"],
];

/** Failures of which a server tells in its own words. */
const OF_WORDS: readonly FailureKind[] = ["http", "busy", "empty", "protocol"];

const AGAIN = "run it again: the server keeps what has arrived, and goes on from there";

const KINDS: Record<FailureKind, Advice> = {
  refused: (asked) => {
    const { hostname } = new URL(asked.host);
    const start = startOf(asked);
    if (/^(?:localhost|127\.[\d.]+|\[::1\])$/.test(hostname)) {
      return `on this machine: ${start}, or the SSH tunnel's; for one elsewhere set its address`;
    }
    const open = isOllama(asked) ? "OLLAMA_HOST=0.0.0.0:11434" : "0.0.0.0";
    return `on the server: ${start}; it must listen on more than its own localhost: ${open}`;
  },
  dns: () => "use the IP address, or add the name to /etc/hosts",
  timeout: (asked) => {
    const { host, model, step } = asked;
    if (step === "load") return `raise llm.load_timeout, or try on the server: ollama run ${model}`;
    if (step === "pull") return AGAIN;
    if (step === "answer") return "use a smaller model, or a longer llm.response_timeout";
    const name = hostName(new URL(host));
    const list = `${host}${isOllama(asked) ? "/api/tags" : "/models"}`;
    return `curl ${list} from here; open the port in the server's firewall; ping -c 10 ${name}`;
  },
  idle: ({ step }) =>
    step === "pull" ? AGAIN : "look at the server's load and at the network between",
  tls: ({ host }) =>
    `curl -v ${host} shows the certificate; llm.ca_file is for a private authority`,
  reset: ({ step }) =>
    step === "pull" ? AGAIN : "look at the server's log, and at that of a proxy before it",
  http: (asked) => logs(asked),
  not_ollama: (asked) => {
    const { step, model } = asked;
    if (step === "pull") {
      return `whatever stands before the server lets nobody pull; on the server: ollama pull ${model}`;
    }
    return isOllama(asked)
      ? `check the address and its path: in a browser it should say "Ollama is running"`
      : "check the address and its path, which mostly ends with /v1";
  },
  model_missing: (asked) =>
    isOllama(asked) ? pullAdvice(asked.model) : "set llm.model to one that it has",
  busy: (asked) =>
    isOllama(asked)
      ? "wait, or raise OLLAMA_MAX_QUEUE on the server"
      : "wait, or raise the account's limits",
  auth: (asked) => {
    const where = isOllama(asked)
      ? "OLLAMA_API_KEY, or name:password@ in the address"
      : "OPENAI_API_KEY";
    return `${asked.hasCredentials ? "correct" : "set"} ${where}`;
  },
  redirect: () => "set the address that it moved to",
  protocol: ({ step, host }) =>
    step === "probe"
      ? `check scheme and port of the address; open ${host} in a browser to see what answers there`
      : "look at what a proxy on the way makes of answers, and at the server's log",
  truncated: (asked) => asked.step === "pull" ? AGAIN : logs(asked),
  too_large: () => "check the address: this is not what a model's server answers",
  empty: (asked) =>
    isOllama(asked)
      ? `try the model on the server: ollama run ${asked.model}`
      : "try another model",
  aborted: () => "try again",
};

function startOf(asked: RequestInfo): string {
  return isOllama(asked) ? "systemctl status ollama" : "start the model's server";
}

function logs(asked: RequestInfo): string {
  return isOllama(asked)
    ? "look at the server's log: journalctl -u ollama"
    : "look at the server's log";
}

/**
 * A failure that says what to do next.
 *
 * @param error The failure.
 * @param asked What was asked when it failed.
 * @returns The same, where it says so already; else a copy that does.
 */
export function advised(error: ProviderError, asked: RequestInfo): ProviderError {
  if (error.next !== undefined) return error;
  const words = OF_WORDS.includes(error.kind)
    ? WORDS.find(([pattern]) => error.says(pattern))?.[1]
    : undefined;
  const advice = words ?? KINDS[error.kind];
  return error.with({ next: advice(asked) });
}
