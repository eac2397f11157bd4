/** How Ollama reports errors, and what its operator can do about them. */
import { isCloudHost } from "../config/ollama_host.ts";
import type { ErrorDialect, ErrorRule, RequestInfo } from "./errors.ts";
import {
  COMMON_HINTS,
  commonRules,
  LOAD_FAILED,
  refusedHint,
  timeoutHint,
  TOO_NEW,
  UNREADABLE,
} from "./hints.ts";
import { isCloudName } from "./model_name.ts";
import { PROGRAM } from "../version.ts";

/** Nothing can be pulled to the cloud; of its models, other servers pull an entry without weights. */
export function missingModelHint({ model, host }: Pick<RequestInfo, "model" | "host">): string {
  const isCloud = isCloudHost(host);
  if (!isCloud && !isCloudName(model)) {
    return `run: ${PROGRAM} pull ${model} (or on the server: ollama pull ${model})`;
  }
  const correct = "correct the name: https://ollama.com/search?c=cloud has them";
  if (isCloud) return correct;
  return `${correct}; an Ollama before 0.18 needs its entry: ${PROGRAM} pull ${model}`;
}

const PULL_AGAIN = "run it again: the server keeps what has arrived, and goes on from there";
const LOGS = "look at the server's log: journalctl -u ollama";

/**
 * Models that cannot be loaded until somebody changes something on the server. Sources: llm/,
 * server/sched.go and fs/ggml/ of Ollama, and llama.cpp.
 */
const LOAD_RULES: readonly ErrorRule[] = [
  needs(TOO_NEW, "on the server: install a newer Ollama, or use another model"),
  needs(
    /permission denied/,
    "on the server: let the user that runs Ollama read its models (OLLAMA_MODELS)",
  ),
  needs(
    /binary not found|shared object file|exit status 127|fork\/exec/,
    "on the server: install Ollama again, a part of it is missing",
  ),
  {
    says: /timed out waiting for .{1,99} to start/,
    retry: "never",
    hint: () => "on the server: raise OLLAMA_LOAD_TIMEOUT (5m), or use a smaller model",
  },
  needs(
    /\bMLX\b.{0,99}(?:not|requires)/,
    "use another model: this one needs MLX, which the server does not have",
  ),
];

function needs(says: RegExp, hint: string): ErrorRule {
  return { says, ...LOAD_FAILED, hint: () => hint };
}

/** Sources: server/cloud_proxy.go, server/routes.go and internal/cloud/ of Ollama. */
const CLOUD_RULES: readonly ErrorRule[] = [
  {
    says: /ollama cloud is disabled/,
    hint: () =>
      "on the server: remove OLLAMA_NO_CLOUD from Ollama's environment, or disable_ollama_cloud " +
      "from ~/.ollama/server.json; or use a model that runs there",
  },
  {
    says: /^(?:Post|Get) "https:\/\/ollama\.com|lookup ollama\.com/,
    blames: "model",
    retry: "later",
    hint: () =>
      "the server cannot reach ollama.com: check its network, DNS and HTTPS_PROXY, or use a " +
      "model that runs there",
  },
  {
    says: /cannot run this remote model/,
    hint: () => "on the server: add the model's host to OLLAMA_REMOTES",
  },
];

export const OLLAMA_ERRORS: ErrorDialect = {
  start: "systemctl status ollama",
  lengthHint: "raise num_predict in llm.options, or set llm.think to false",
  rules: [
    {
      says: /does not exist|not found/,
      phase: "pull",
      hint: ({ model }) => `correct the name ${model}: https://ollama.com/library has them`,
    },
    {
      says: /no space left/,
      hint: () =>
        "on the server: make room on the disk; ollama list shows what it has, " +
        "ollama rm removes one",
    },
    { says: /digest mismatch/, phase: "pull", hint: () => PULL_AGAIN },
    // The same words are said of loads.
    { says: /digest mismatch|newer version/, phase: "pull", kind: "http" },
    {
      says: /dial tcp|lookup|timeout|max retries|connection re/,
      phase: "pull",
      hint: () =>
        "let the server reach registry.ollama.ai, if need be through HTTPS_PROXY in its unit",
    },
    ...CLOUD_RULES,
    ...LOAD_RULES,
    { says: /not support thinking|invalid think value/, hint: () => "set llm.think to false" },
    { says: /option "/, hint: () => "correct llm.options" },
    { says: /in duration/, hint: () => 'correct llm.keep_alive, e.g. "5m"' },
    {
      says: /invalid model name/,
      hint: ({ phase, model }) =>
        phase === "pull" ? `correct the name ${model}` : "correct llm.model",
    },
    ...commonRules("a smaller num_ctx in llm.options"),
    // Memory that is too short is reported in the same words.
    {
      says: UNREADABLE,
      hint: ({ model }) =>
        `on the server: ollama rm ${model}, then ollama pull ${model}; if that does not help, ` +
        "install a newer Ollama",
    },
  ],
  hints: {
    ...COMMON_HINTS,
    refused: (request) => refusedHint(request, "OLLAMA_HOST=0.0.0.0:11434"),
    timeout: (request) => request.phase === "pull" ? PULL_AGAIN : timeoutHint(request, "/api/tags"),
    idle: ({ phase }) => phase === "pull" ? PULL_AGAIN : COMMON_HINTS.idle(),
    reset: ({ phase }) => phase === "pull" ? PULL_AGAIN : COMMON_HINTS.reset(),
    truncated: ({ phase }) => phase === "pull" ? PULL_AGAIN : LOGS,
    http: () => LOGS,
    wrong_api: ({ phase, model }) =>
      phase === "pull"
        ? `a proxy before the server blocks pulls; on the server: ollama pull ${model}`
        : `check the address and its path: in a browser it should say "Ollama is running"`,
    model_missing: missingModelHint,
    busy: () => "wait, or raise OLLAMA_MAX_QUEUE on the server",
    auth: ({ hasCredentials }) =>
      `${hasCredentials ? "correct" : "set"} OLLAMA_API_KEY, or name:password@ in the address`,
    empty: ({ model }) => `try the model on the server: ollama run ${model}`,
  },
  fromResponse({ status, body }) {
    // A model of Ollama's cloud.
    if (status === 401 && /"signin_url"/.test(body)) {
      return {
        kind: "auth",
        reason: "HTTP 401: the model runs in Ollama's cloud, and the server is not signed in",
        hint: "on the server: ollama signin",
      };
    }
    // Ollama checks the header Host.
    if (status === 403 && body === "") {
      return {
        kind: "auth",
        reason: "HTTP 403 with an empty body",
        hint: "the proxy must set Host to localhost:11434, " +
          "in nginx: proxy_set_header Host localhost:11434;",
      };
    }
  },
};
