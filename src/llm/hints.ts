/** Hints and error messages that all kinds of servers have in common. */
import type { ErrorRule, Hint, RequestInfo } from "./errors.ts";
import { isLoopback } from "../config/ollama_host.ts";
import { aroundProxy, hostName, proxyFor } from "../proxy.ts";

export const COMMON_HINTS = {
  dns: () => "use the IP address, or add the name to /etc/hosts",
  idle: () => "check the server's load and the network",
  tls: ({ host }) =>
    `curl -v ${new URL(host).origin} shows the certificate; llm.ca_file is for a private authority`,
  reset: () => "check the log of the server and of any proxy before it",
  context_too_long: () => "lower llm.max_history_messages, or shorten the persona",
  option_refused: () => "correct llm.options: the server's documents tell which ones it takes",
  roles_refused: () => "use a model whose chat template takes these roles",
  model_loading: () => "wait until it has loaded its model",
  load_failed: () => "look at the server's log",
  redirect: () => "set the address that it moved to",
  protocol: ({ phase, host }) =>
    phase === "probe"
      ? `check scheme and port of the address; open ${host} in a browser to see what answers there`
      : "check the server's log, and whether a proxy changes its answers",
  too_large: () => "check the address: this is not what a model's server answers",
} satisfies Record<string, Hint>;

/** Of a loaded model: its process died before the first token. */
const RUNNING = /while running the model|process no longer running/i;
/** Source: `llm/llama_server.go` and `x/mlxrunner` of Ollama, the bug tracker of LM Studio. */
const DIED =
  /while running the model|(?:llama-server|runner) .{0,99}(?:terminated|stopped|exited|failed|no longer)|\/completion": (?:EOF|read tcp|dial tcp)|model has crashed/i;
const NO_MEMORY =
  /(?:system|enough|insufficient|more) memory|out.of.(?:device.)?memory|(?:failed|unable) to (?:allocate|create llama)|cannot be allocated|requires .{1,99} only .{1,99} available|signal: killed/i;
/** A file of a model that the server's program is too old for. Source: llama.cpp. */
export const TOO_NEW =
  /unknown (?:model architecture|pre-tokenizer)|wrong number of tensors|requires a newer version/i;
/** A file of a model that is damaged or not understood. Sources: fs/ggml/ of Ollama, llama.cpp. */
export const UNREADABLE =
  /(?:error loading|unable to load|failed to load) model|file magic|(?:file|model|gguf) .{0,30}corrupt|corrupt\w* (?:file|model|gguf)|file bounds|exceeds file size|digest mismatch|no longer compatible|may be incompatible|unsupported model format|sha256\S{1,99}: no such file/;
const WINDOW = "context[ _-]?(?:length|size|window|limit)";
/**
 * What servers say of a prompt that does not fit, whatever the status. Source: the code and the bug
 * trackers of Ollama, llama.cpp, vLLM, SGLang, TGI, LM Studio, LiteLLM, and the clouds behind gateways.
 */
const TOO_LONG = [
  `${WINDOW}(?: has been| is| was)?[ _]?exceed`,
  `exceed\\w{0,3}[ _](?:[^ ]{1,30} ){0,4}${WINDOW}`,
  "max(?:imum)? (?:context\\b|(?:prompt|model|sequence) length)",
  `(?:longer|larger|greater) than [^.]{0,40}(?:${WINDOW}|max_seq_len)`,
  `loaded with (?:a )?${WINDOW} of only|${WINDOW} is (?:only )?\\d+ tokens`,
  "(?:prompt|input|messages?|request)(?: length| body| size)?(?: is| are| was)? too (?:long|large|big)",
  "too many input tokens|exceeds? the maximum (?:number of tokens|allowed input)|exceeds max length",
  "(?:prompt|input) tokens?\\b[^.;]{0,40} exceed|tokens in the prompt exceed|model token limit",
  "inputs?[`'\"]? (?:tokens \\+|must have less than)|range of input length should be",
  "(?:reduce|shorten) (?:the length of )?(?:the|your) (?:messages?|prompt|input|conversation)",
].join("|");
/** A limit per minute is over later; the memory and a mistake in the options are something else. */
export const PROMPT_TOO_LONG = new RegExp(
  `^(?![^]*(?:rate limit|try again (?:in|later)|memory|allocate|num_ctx|tier))[^]*(?:${TOO_LONG})`,
  "i",
);
const GATEWAY =
  /Bad Gateway|cannot connect to|connection refused|connect error|no (?:available|healthy)/i;

/** `retry` is there for rules that follow and match, too, such as that for a process that died. */
export const LOAD_FAILED = { kind: "load_failed", retry: "never" } as const;

/** Rules for servers and gateways of every kind; `smaller` is what to do if memory is short. */
export function commonRules(smaller: string): readonly ErrorRule[] {
  return [
    { says: PROMPT_TOO_LONG, kind: "context_too_long", hint: COMMON_HINTS.context_too_long },
    // With a loaded model, memory may be short for a moment.
    { says: RUNNING, status: 500, kind: "http", blames: "model", retry: "now" },
    { says: NO_MEMORY, status: 500, ...LOAD_FAILED },
    { says: UNREADABLE, ...LOAD_FAILED },
    // The next request starts another process.
    { says: DIED, retry: "now" },
    { says: NO_MEMORY, hint: () => `use a smaller model, or ${smaller}` },
    {
      says: /not support (?:chat|completion)|image generation models/,
      hint: () => "use another model: this one is not made to chat",
    },
    {
      says: /quota|billing|credits|usage limit|subscription|upgrade/i,
      hint: () => "check the account's plan and billing",
    },
    { says: GATEWAY, hint: behindProxy },
  ];
}

/** A server, as the configuration names it. */
export interface Configured {
  /** Default: `llm`. */
  readonly section?: string;
  /** Where its API key is set; default: a variable. */
  readonly keySource?: string;
}

const SETTINGS = /\bllm\.(?=(?:model|options|think|keep_alive|ca_file|\w+_timeout)\b)/g;

/** Names the settings of this server in a hint, which names those of the main one. */
export function hintFor(hint: string, { section = "llm", keySource }: Configured): string {
  const own = hint.replace(SETTINGS, `${section}.`);
  return keySource ? own.replace(/\b(?:OLLAMA|OPENAI)_API_KEY\b/, keySource) : own;
}

/** `open` is the listen address that makes the server reachable from other machines. */
export function refusedHint({ host, dialect: { start } }: RequestInfo, open: string): string {
  return isLoopback(new URL(host))
    ? `on this machine: ${start}, or the SSH tunnel's; for one elsewhere set its address`
    : `on the server: ${start}; it must listen on more than its own localhost: ${open}`;
}

export function timeoutHint({ host, model, phase }: RequestInfo, list: string): string {
  if (phase === "load") return loadTimeoutHint(model);
  if (phase === "answer") return "use a smaller model, or a longer llm.response_timeout";
  const ping = `ping -c 10 ${hostName(new URL(host))}`;
  const slow = "if it is only slow, raise llm.probe_timeout";
  return `curl ${host}${list} from here; ${slow}; open the port in the server's firewall; ${ping}`;
}

export function loadTimeoutHint(model: string): string {
  return `raise llm.load_timeout, or try on the server: ollama run ${model}`;
}

export function behindProxy({ host, dialect: { start } }: RequestInfo): string {
  const url = new URL(host);
  const proxy = proxyFor(url);
  const around = proxy &&
    `; if it is ${proxy.url} of ${proxy.variable}, NO_PROXY=${hostName(url)} goes around it`;
  return `behind the proxy: ${start}${around ?? ""}`;
}

/** An addition for responses that a forward proxy may have sent; empty if there is no proxy. */
export function proxyHint(host: string): string {
  const hint = aroundProxy(new URL(host));
  return hint === undefined ? "" : `; or ${hint}`;
}
