import { assertEquals, assertGreater, assertMatch, assertNotMatch } from "@std/assert";
import type { FailureKind, RequestInfo } from "../../src/llm/errors.ts";
import { OLLAMA_ERRORS } from "../../src/llm/ollama_errors.ts";
import { OPENAI_ERRORS } from "../../src/llm/openai_errors.ts";
import { applyRules } from "../../src/llm/response_text.ts";
import { test } from "../testing.ts";

const COMMON = { phase: "answer", hasCredentials: false, redact: (text: string) => text } as const;
const OLLAMA: RequestInfo = {
  ...COMMON,
  host: "http://gpu:11434",
  path: "/api/chat",
  model: "llama3.2:3b",
  dialect: OLLAMA_ERRORS,
};
const OPENAI: RequestInfo = {
  ...COMMON,
  host: "https://api.test/v1",
  path: "/chat/completions",
  model: "gpt-x",
  dialect: OPENAI_ERRORS,
};
const AGAIN = "run it again: the server keeps what has arrived, and goes on from there";

type Kind = Exclude<FailureKind, "aborted">;

function hintOf(kind: Kind, request: RequestInfo, reason = ""): string {
  return applyRules(reason, { kind, reason }, request).hint ?? request.dialect.hints[kind](request);
}

test("each failure of a pull has a hint", () => {
  const cases: readonly (readonly [Kind, string, string])[] = [
    [
      "http",
      "the server cannot pull it: pull model manifest: file does not exist",
      "correct the name llama3.2:3b: https://ollama.com/library has them",
    ],
    ["http", "HTTP 400: invalid model name", "correct the name llama3.2:3b"],
    [
      "http",
      "the server cannot pull it: write /var/lib/ollama/x: no space left on device",
      "on the server: make room on the disk; ollama list shows what it has, ollama rm removes one",
    ],
    [
      "http",
      "the server cannot pull it: 412: the model requires a newer version of Ollama",
      "on the server: install a newer Ollama, or use another model",
    ],
    [
      "http",
      "the server cannot pull it: dial tcp: lookup registry.ollama.ai: no such host",
      "let the server reach registry.ollama.ai, if need be through HTTPS_PROXY in its unit",
    ],
    [
      "http",
      "the server cannot pull it: something new",
      "look at the server's log: journalctl -u ollama",
    ],
    ["truncated", "the pull ended before the model was complete", AGAIN],
    ["reset", "the connection was closed before the answer was complete", AGAIN],
    ["idle", "nothing more came for 600 s", AGAIN],
    ["timeout", "the answer did not begin within 600 s", AGAIN],
    [
      "wrong_api",
      "HTTP 404: no such API there",
      "a proxy before the server blocks pulls; on the server: ollama pull llama3.2:3b",
    ],
    [
      "auth",
      "HTTP 401: credentials are missing or wrong",
      "set OLLAMA_API_KEY, or name:password@ in the address",
    ],
  ];
  const request: RequestInfo = { ...OLLAMA, path: "/api/pull", phase: "pull" };
  for (const [kind, reason, hint] of cases) assertEquals(hintOf(kind, request, reason), hint);
});

test("the hint after a timeout depends on the phase", () => {
  const about = (phase: RequestInfo["phase"]) => hintOf("timeout", { ...OLLAMA, phase });
  assertMatch(about("probe"), /curl http:\/\/gpu:11434\/api\/tags .*firewall.*ping -c 10 gpu$/);
  assertMatch(about("load"), /llm\.load_timeout.*ollama run llama3\.2:3b/);
  assertMatch(about("answer"), /llm\.response_timeout/);
  assertEquals(about("pull"), AGAIN);
});

test("the hint after a refused connection depends on whether the server is on this machine", () => {
  const about = (host: string) => hintOf("refused", { ...OLLAMA, host, phase: "probe" });
  for (const name of ["localhost", "127.0.0.1", "127.1.2.3", "[::1]"]) {
    assertMatch(about(`http://${name}:11434`), /^on this machine: systemctl status ollama/, name);
  }
  for (const name of ["gpu", "127.example.org", "192.0.2.7"]) {
    assertMatch(about(`http://${name}:11434`), /^on the server: .*OLLAMA_HOST=0\.0\.0\.0/, name);
  }
});

test("hints for OpenAI-compatible servers do not name tools of Ollama", () => {
  const kinds: readonly Kind[] = [
    "refused",
    "timeout",
    "http",
    "wrong_api",
    "model_missing",
    "busy",
    "auth",
    "truncated",
    "empty",
  ];
  for (const kind of kinds) {
    for (const phase of ["probe", "answer"] as const) {
      const hint = hintOf(kind, { ...OPENAI, phase });
      assertGreater(hint.length, 0);
      assertNotMatch(hint, /ollama|rosey pull|num_predict/i, `${kind}, ${phase}`);
    }
  }
});

test("the hint after a TLS failure has the address without its path", () => {
  assertMatch(hintOf("tls", OPENAI), /^curl -v https:\/\/api\.test shows the certificate;/);
});

test("the hint after a 401 is to correct the credentials, or to set them if none were sent", () => {
  const about = (hasCredentials: boolean) => hintOf("auth", { ...OLLAMA, hasCredentials });
  assertMatch(about(false), /^set OLLAMA_API_KEY/);
  assertMatch(about(true), /^correct OLLAMA_API_KEY/);
});

test("the hint has an IPv6 address without brackets for ping", () => {
  const request: RequestInfo = { ...OLLAMA, host: "http://[fd00::1]:11434", phase: "probe" };
  assertMatch(
    hintOf("timeout", request),
    /curl http:\/\/\[fd00::1\]:11434\/.* ping -c 10 fd00::1$/,
  );
});
