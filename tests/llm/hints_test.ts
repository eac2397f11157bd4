import {
  assertEquals,
  assertGreater,
  assertMatch,
  assertNotMatch,
  assertStrictEquals,
} from "@std/assert";
import { advised, type RequestInfo } from "../../src/llm/hints.ts";
import { type FailureKind, ProviderError } from "../../src/llm/provider.ts";
import { test } from "../testing.ts";

const SENT = { hasCredentials: false, redact: (text: string) => text };
const OLLAMA = { host: "http://gpu:11434", path: "/api/chat", model: "llama3.2:3b", ...SENT };
const OPENAI = { host: "https://api.test/v1", path: "/chat/completions", model: "gpt-x", ...SENT };
const AGAIN = "run it again: the server keeps what has arrived, and goes on from there";

type Case = readonly [kind: FailureKind, found: string, next: string];

function holds(asked: RequestInfo, cases: readonly Case[]): void {
  for (const [kind, found, next] of cases) {
    const error = advised(new ProviderError(kind, found), asked);
    assertEquals([error.kind, error.found, error.next], [kind, found, next]);
    assertEquals(error.message, `${found}; ${next}`);
  }
}

test("each failure of a pull has its next step", () => {
  holds({ ...OLLAMA, path: "/api/pull", step: "pull" }, [
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
      "on the server: install a newer Ollama",
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
      "not_ollama",
      "HTTP 404: no such API there",
      "whatever stands before the server lets nobody pull; on the server: ollama pull llama3.2:3b",
    ],
    [
      "auth",
      "HTTP 401: credentials are missing or wrong",
      "set OLLAMA_API_KEY, or name:password@ in the address",
    ],
  ]);
});

test("what to do about a timeout depends on what was waited for", () => {
  const about = (step: RequestInfo["step"]) =>
    advised(new ProviderError("timeout", "30 s"), { ...OLLAMA, step }).next ?? "";
  assertMatch(about("probe"), /curl http:\/\/gpu:11434\/api\/tags .*firewall.*ping -c 10 gpu$/);
  assertMatch(about("load"), /llm\.load_timeout.*ollama run llama3\.2:3b/);
  assertMatch(about("answer"), /llm\.response_timeout/);
  assertEquals(about("pull"), AGAIN);
});

test("a server that refuses on this machine is looked for here, another one there", () => {
  const about = (host: string) =>
    advised(new ProviderError("refused", "refused"), { ...OLLAMA, host, step: "probe" }).next ?? "";
  for (const name of ["localhost", "127.0.0.1", "127.1.2.3", "[::1]"]) {
    assertMatch(about(`http://${name}:11434`), /^on this machine: systemctl status ollama/, name);
  }
  for (const name of ["gpu", "127.example.org", "192.0.2.7"]) {
    assertMatch(about(`http://${name}:11434`), /^on the server: .*OLLAMA_HOST=0\.0\.0\.0/, name);
  }
});

test("nobody is told to use Ollama's tools on a server of another kind", () => {
  const kinds: readonly FailureKind[] = [
    "refused",
    "timeout",
    "http",
    "not_ollama",
    "model_missing",
    "busy",
    "auth",
    "truncated",
    "empty",
  ];
  for (const kind of kinds) {
    for (const step of ["probe", "answer"] as const) {
      const { next = "" } = advised(new ProviderError(kind, "found"), { ...OPENAI, step });
      assertGreater(next.length, 0);
      assertNotMatch(next, /ollama|rosey pull|num_predict/i, `${kind}, ${step}`);
    }
  }
  const cut = advised(
    new ProviderError("empty", "the model spent its whole length on thinking"),
    { ...OPENAI, step: "answer" },
  );
  assertMatch(cut.next ?? "", /^raise the server's limit of tokens/);
});

test("a failure that says what to do is left as it is", () => {
  const error = new ProviderError("tls", "the certificate has expired", { next: "renew it" });
  assertStrictEquals(advised(error, { ...OLLAMA, step: "probe" }), error);
});

test("whoever sent credentials is told to correct them, whoever sent none to set them", () => {
  const refused = new ProviderError("auth", "HTTP 401");
  const about = (hasCredentials: boolean) =>
    advised(refused, { ...OLLAMA, step: "answer", hasCredentials }).next ?? "";
  assertMatch(about(false), /^set OLLAMA_API_KEY/);
  assertMatch(about(true), /^correct OLLAMA_API_KEY/);
});

test("an IPv6 address is named as ping takes it", () => {
  const lost = new ProviderError("timeout", "5 s");
  const asked = { ...OLLAMA, host: "http://[fd00::1]:11434", step: "probe" } as const;
  assertMatch(
    advised(lost, asked).next ?? "",
    /curl http:\/\/\[fd00::1\]:11434\/.* ping -c 10 fd00::1$/,
  );
});
