/** What servers say of models that they cannot load, and Ollama of its cloud. */
import { type FaultRow, ollama, openai, status } from "./fault_scene.ts";

/** A further load of what is in the server's memory by then may be fast enough. */
function isSlow(error: string): boolean {
  return error.startsWith("timed out");
}

function json(error: string): string {
  return JSON.stringify({ error });
}

const UNKNOWN = "error loading model architecture: unknown model architecture: 'gemma9'";
const BLOB = "/usr/share/ollama/.ollama/models/blobs/sha256-8fc8cf9f6bbb9c3d10260c75260ce8c6";
const TERMINATED = "llama-server process has terminated: exit status 1: ";
const NEWER = /^on the server: install a newer Ollama, or use another model$/;
const DAMAGED =
  /^on the server: ollama rm rosey-demo, then ollama pull rosey-demo; .* a newer Ollama$/;
const SMALLER = /^use a smaller model, or a smaller num_ctx in llm\.options$/;
const INSTALL = /^on the server: install Ollama again/;
const FILES = /^on the server: let the user that runs Ollama read its models/;
const CLOUD = /^HTTP 50[02]: Post "https:\/\/ollama\.com/;
const REACH = /^the server cannot reach ollama\.com: check its network, DNS and HTTPS_PROXY/;

/** Sources: llm/status.go, llm/llama_server.go and server/sched.go of Ollama, and llama.cpp. */
const LOADS: readonly (readonly [string, RegExp])[] = [
  [UNKNOWN, NEWER],
  [`${TERMINATED}error loading model: unknown model architecture: 'mllama'`, NEWER],
  ["error loading model vocabulary: unknown pre-tokenizer type: 'tekken2'", NEWER],
  ["done_getting_tensors: wrong number of tensors; expected 724, got 723", NEWER],
  [`unable to load model: ${BLOB}`, DAMAGED],
  ["invalid file magic", DAMAGED],
  [`open ${BLOB}: no such file or directory`, DAMAGED],
  ["unsupported model format: this model may be incompatible with your version", DAMAGED],
  [`${TERMINATED}error loading model: tensor 'blk.3' data is not within the file bounds`, DAMAGED],
  ['tensor "blk.9" offset+size (4818) exceeds file size (1024)', DAMAGED],
  ["digest mismatch, file must be downloaded again: want sha256:1, got sha256:2", DAMAGED],
  ["'llama3.2-vision' is no longer compatible with your version of Ollama", DAMAGED],
  [`open ${BLOB}: permission denied`, FILES],
  ["llama-server binary not found (checked: /usr/lib/ollama/llama-server)", INSTALL],
  ["llama runner process has terminated: exit status 127", INSTALL],
  ["libcudart.so.12: cannot open shared object file: No such file or directory", INSTALL],
  ["fork/exec /usr/bin/ollama: no such file or directory", INSTALL],
  [`${TERMINATED}cudaMalloc failed: out of memory`, SMALLER],
  ["llama-server reported out-of-memory during startup: VK_ERROR_OUT_OF_DEVICE_MEMORY", SMALLER],
  ["memory layout cannot be allocated with num_gpu = 99", SMALLER],
  ["model requires 19.2 GiB but only 7.1 GiB are available (after 512 MiB overhead)", SMALLER],
  ["llama runner process has terminated: signal: killed", SMALLER],
  ["unable to create llama context", SMALLER],
  ["failed to allocate CUDA0 buffer of size 4294967296", SMALLER],
  ["timed out waiting for llama runner to start - progress 0.00 - ", /raise OLLAMA_LOAD_TIMEOUT/],
  ["this model requires MLX support, but the MLX runtime is not available", /another model.*MLX/],
];

export const LOAD_ROWS: readonly FaultRow[] = [
  ...LOADS.flatMap(([error, hint]): FaultRow[] =>
    (["load", "chat"] as const).map((ask) => ({
      name: `500 to a ${ask}: ${error}`,
      ask,
      open: status(500, json(error)),
      kind: isSlow(error) ? "http" : "load_failed",
      message: /^HTTP 500: /,
      hint,
    }))
  ),
  {
    name: "an unknown architecture in a stream",
    open: ollama({ kind: "error_line", chunks: 0, error: UNKNOWN }),
    kind: "load_failed",
    message: /while answering: .*unknown model architecture/,
    hint: NEWER,
  },
  {
    name: "OpenAI: an unknown architecture under 503",
    provider: "openai",
    open: openai({ kind: "status", status: 503, body: json(UNKNOWN) }),
    kind: "load_failed",
    message: /^HTTP 503: error loading model/,
    hint: /^install a newer version of the server's program, or use another model$/,
  },
  {
    name: "OpenAI: an unknown architecture",
    provider: "openai",
    open: openai({ kind: "status", status: 400, body: json(`Failed to load: ${UNKNOWN}`) }),
    kind: "load_failed",
    message: /^HTTP 400: Failed to load/,
    hint: /^install a newer version of the server's program/,
  },
];

/** Sources: server/cloud_proxy.go, server/routes.go and internal/cloud/policy.go of Ollama. */
export const CLOUD_ROWS: readonly FaultRow[] = [
  ...(["load", "chat"] as const).map((ask): FaultRow => ({
    name: `403 to a ${ask}: Ollama's cloud is switched off`,
    ask,
    open: status(403, json("ollama cloud is disabled: remote model is unavailable")),
    kind: "auth",
    message: /^HTTP 403: ollama cloud is disabled/,
    hint: /OLLAMA_NO_CLOUD.*disable_ollama_cloud/,
  })),
  {
    name: "403 for a model that a plan does not have",
    open: status(
      403,
      json("this model requires a subscription, upgrade for access: https://ollama.com/upgrade"),
    ),
    kind: "auth",
    message: /^HTTP 403: this model requires a subscription/,
    hint: /account's plan and billing/,
  },
  ...([
    [502, "dial tcp: lookup ollama.com: no such host"],
    [502, "dial tcp 192.0.2.1:443: connect: connection refused"],
    [502, "proxyconnect tcp: dial tcp 127.0.0.1:3128: connect: connection refused"],
    [502, "net/http: TLS handshake timeout"],
    [502, "x509: certificate signed by unknown authority"],
    [500, "dial tcp: i/o timeout"],
  ] as const).map(([code, why]): FaultRow => ({
    name: `${code}: Ollama cannot reach its cloud: ${why}`,
    open: status(code, json(`Post "https://ollama.com:443/api/chat": ${why}`)),
    kind: "http",
    message: CLOUD,
    hint: REACH,
  })),
  {
    name: "400: a remote model of another host",
    open: status(400, json("this server cannot run this remote model")),
    kind: "http",
    message: /^HTTP 400: this server cannot run/,
    hint: /OLLAMA_REMOTES/,
  },
];

const HTML = { "content-type": "text/html", server: "cloudflare" };

/** Cloudflare before a model server. */
export const CLOUDFLARE_ROWS: readonly FaultRow[] = [
  ...([
    [403, { ...HTML, "cf-mitigated": "challenge" }, "<title>Just a moment...</title>"],
    [503, HTML, `<html><title>Just a moment...</title><script src="/cdn-cgi/challenge-platform/">`],
    [403, { ...HTML, "cf-mitigated": "challenge" }, ""],
  ] as const).map(([code, headers, body], at): FaultRow => ({
    name: `${code}: a challenge of Cloudflare, form ${at + 1}`,
    ask: at === 0 ? "probe" : "chat",
    open: status(code, body, headers),
    kind: "auth",
    message: new RegExp(`^HTTP ${code}: Cloudflare lets browsers in only`),
    hint: /^have a rule .*Rosey\/\d/,
  })),
  ...["<title>Attention Required! | Cloudflare</title>", "error code: 1020"].map((
    body,
  ): FaultRow => ({
    name: `403: Cloudflare blocks: ${body}`,
    open: status(403, body, HTML),
    kind: "auth",
    message: /^HTTP 403: Cloudflare blocks this machine/,
    hint: /^have a rule /,
  })),
];
