/**
 * What to do about a server that cannot be asked.
 *
 * @module
 */
import { pullAdvice } from "../llm/failure.ts";
import type { FailureKind, Provider, ProviderError } from "../llm/provider.ts";

/** What was tried when it failed. */
export type Step = "probe" | "load" | "answer" | "pull";

interface Where {
  readonly host: string;
  /** Without port. */
  readonly name: string;
  readonly model: string;
  readonly ollama: boolean;
  readonly step: Step;
}

const LOCAL = ["localhost", "127.0.0.1", "[::1]"];

/**
 * Failures whose message tells more than their kind; the first that matches counts, and hands over its
 * first group.
 */
const CAUSES: readonly (readonly [RegExp, (where: Where, part: string) => string])[] = [
  [
    /^the server cannot pull it: .*(?:does not exist|not found)/,
    ({ model }) => `correct the name ${model}: https://ollama.com/library has them`,
  ],
  [
    /^the server cannot pull it: .*no space left/,
    () =>
      "on the server: make room on the disk; ollama list shows what it has, ollama rm removes one",
  ],
  [/^the server cannot pull it: .*newer version/, () => "on the server: install a newer Ollama"],
  [
    /^the server cannot pull it: .*(?:dial tcp|lookup|timeout|max retries|connection re)/,
    () => "let the server reach registry.ollama.ai, if need be through HTTPS_PROXY in its unit",
  ],
  [/^cannot get through the proxy/, ({ name }) => `start that proxy, or set NO_PROXY=${name}`],
  [
    /does not connect to the server/,
    ({ host, name }) => `have the proxy let ${host} through, or set NO_PROXY=${name}`,
  ],
  [
    /proxy on the way wants a password/,
    ({ name }) => `put name:password@ into HTTPS_PROXY or HTTP_PROXY, or set NO_PROXY=${name}`,
  ],
  [/Ollama listens on 127\.0\.0\.1/, ({ host }) => `set ${host.replace("[::1]", "127.0.0.1")}`],
  [/is blocked by fetch/, () => "have the server listen on another port, such as 11434"],
  [/no header can carry/, () => "write the key or password anew, without line breaks"],
  [/^no route/, ({ name }) => `correct the address; ping -c 10 ${name} shows when it is right`],
  [/^HTTP 403 with an empty body/, () => "in the proxy: proxy_set_header Host localhost:11434;"],
  [/^HTTP 403/, () => "ask who runs the server whether your key, and this machine, may use it"],
  [
    /^HTTP 50[23] with HTML/,
    ({ ollama }) =>
      `behind the proxy: ${ollama ? "systemctl status ollama" : "start the model's server"}`,
  ],
  [
    /^HTTP 5\d\d with HTML/,
    () => "in the proxy: proxy_read_timeout 300s; a cold model takes minutes",
  ],
  [/^HTTP 413/, () => "in the proxy: client_max_body_size 8m;"],
  [/not support thinking/, () => "set llm.think to false"],
  [/\bmemory\b/i, () => "a smaller model, or a smaller num_ctx in llm.options"],
  [/^HTTP \d+: option "/, () => "correct llm.options"],
  [
    /invalid model name/,
    ({ step, model }) => step === "pull" ? `correct the name ${model}` : "correct llm.model",
  ],
  [/context/i, () => "a smaller llm.max_history_messages, or a shorter persona"],
  [/quota/i, () => "look at the plan and the bill of the account"],
  [/loading model/i, () => "wait until it has loaded its model"],
  [/; use (https?):\/\/$/, ({ host }, scheme) => `set ${host.replace(/^https?/, scheme)}`],
  [/certificate has expired/, () => "renew the certificate on the server"],
  [
    /certificate is for another name/,
    ({ host }) => `use a name that the certificate has: curl -v ${host} shows them`,
  ],
  [
    /authority's certificate as its own/,
    () =>
      "give the server a certificate that an authority has signed, and that one's PEM file as llm.ca_file",
  ],
  [/authority is not known/, () => "set llm.ca_file to the PEM file of the authority"],
  [
    /closed during the handshake/,
    () => "look at the log of the server's TLS: what does it expect?",
  ],
  [
    /^it moved to (\S+): /,
    ({ ollama }, address) =>
      `set ${ollama ? "llm.ollama_host" : "llm.openai_base_url"} to ${address}`,
  ],
  [/moved without saying where/, ({ host }) => `curl -I ${host} shows what answers there`],
  [
    /answer is HTML|is not JSON: "\s*</,
    ({ host }) =>
      `open ${host} in a browser: another web server, or a page to log in, answers there`,
  ],
  [
    /spent its whole length on thinking/,
    () => "raise num_predict in llm.options, or set llm.think to false",
  ],
];

/** After a pull that broke off. */
const AGAIN = "run it again: the server keeps what has arrived, and goes on from there";

const KINDS: Record<FailureKind, (where: Where) => string> = {
  refused: ({ ollama, name }) => {
    const start = ollama ? "systemctl status ollama" : "start the model's server";
    if (LOCAL.includes(name)) {
      return `on this machine: ${start}, or the SSH tunnel's; for one elsewhere set its address`;
    }
    const open = ollama ? "OLLAMA_HOST=0.0.0.0:11434" : "0.0.0.0";
    return `on the server: ${start}; it must listen on more than its own localhost: ${open}`;
  },
  dns: () => "use the IP address, or add the name to /etc/hosts",
  timeout: ({ host, name, model, ollama, step }) => {
    if (step === "load") return `raise llm.load_timeout, or try on the server: ollama run ${model}`;
    if (step === "pull") return AGAIN;
    if (step === "answer") return "a smaller model, or a longer llm.response_timeout";
    const list = `${host}${ollama ? "/api/tags" : "/models"}`;
    return `curl ${list} from here; open the port in the server's firewall; ping -c 10 ${name}`;
  },
  idle: ({ step }) =>
    step === "pull" ? AGAIN : "look at the server's load and at the network between",
  tls: ({ host }) => `curl -v ${host} shows the certificate; llm.ca_file for a private authority`,
  reset: ({ step }) =>
    step === "pull" ? AGAIN : "look at the server's log, and at that of a proxy before it",
  http: logs,
  not_ollama: ({ host, ollama, step, model }) =>
    step === "pull"
      ? `whatever stands before the server lets nobody pull; on the server: ollama pull ${model}`
      : ollama
      ? `open ${host} in a browser: it should say "Ollama is running"`
      : `correct ${host}: such an address mostly ends with /v1`,
  model_missing: ({ model, ollama }) =>
    ollama ? pullAdvice(model) : "set llm.model to one that it has",
  busy: ({ ollama }) =>
    ollama
      ? "wait, or raise OLLAMA_MAX_QUEUE on the server"
      : "wait, or raise the account's limits",
  auth: ({ ollama }) =>
    ollama ? "set OLLAMA_API_KEY, or name:password@ in the address" : "set OPENAI_API_KEY",
  redirect: () => "set the address that it moved to",
  protocol: ({ step }) =>
    step === "probe"
      ? "check scheme and port of the address"
      : "look at what a proxy on the way makes of answers, and at the server's log",
  truncated: (where) => where.step === "pull" ? AGAIN : logs(where),
  too_large: () => "check the address: this is not what a model's server answers",
  empty: ({ model, ollama }) =>
    ollama ? `try the model on the server: ollama run ${model}` : "try another model",
  aborted: () => "try again",
};

function logs({ ollama }: Where): string {
  return ollama ? "look at the server's log: journalctl -u ollama" : "look at the server's log";
}

/**
 * The next step after a failure.
 *
 * @param error What failed.
 * @param provider Where.
 * @param options `step`: what was tried.
 * @returns One sentence.
 */
export function adviceFor(
  error: Pick<ProviderError, "kind" | "message">,
  provider: Pick<Provider, "name" | "host" | "model">,
  { step }: { readonly step: Step },
): string {
  const { host, model } = provider;
  const { hostname: name } = new URL(host);
  const where = { host, name, model, ollama: provider.name === "ollama", step };
  for (const [pattern, advice] of CAUSES) {
    const found = pattern.exec(error.message);
    if (found) return advice(where, found[1] ?? "");
  }
  return KINDS[error.kind](where);
}
