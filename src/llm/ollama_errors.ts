/** How Ollama reports errors, and what its operator can do about them. */
import type { ErrorDialect } from "./errors.ts";
import { COMMON_HINTS, commonRules, refusedHint, timeoutHint } from "./hints.ts";

export function pullHint(model: string): string {
  return `run: rosey pull ${model} (or on the server: ollama pull ${model})`;
}

const PULL_AGAIN = "run it again: the server keeps what has arrived, and goes on from there";
const LOGS = "look at the server's log: journalctl -u ollama";

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
    { says: /newer version/, phase: "pull", hint: () => "on the server: install a newer Ollama" },
    {
      says: /dial tcp|lookup|timeout|max retries|connection re/,
      phase: "pull",
      hint: () =>
        "let the server reach registry.ollama.ai, if need be through HTTPS_PROXY in its unit",
    },
    { says: /not support thinking|invalid think value/, hint: () => "set llm.think to false" },
    { says: /option "/, hint: () => "correct llm.options" },
    { says: /in duration/, hint: () => 'correct llm.keep_alive, e.g. "5m"' },
    {
      says: /invalid model name/,
      hint: ({ phase, model }) =>
        phase === "pull" ? `correct the name ${model}` : "correct llm.model",
    },
    ...commonRules("a smaller num_ctx in llm.options"),
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
    model_missing: ({ model }) => pullHint(model),
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
