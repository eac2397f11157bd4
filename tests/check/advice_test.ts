import assert from "node:assert/strict";
import { adviceFor } from "../../src/check/advice.ts";
import type { FailureKind } from "../../src/llm/provider.ts";
import { test } from "../testing.ts";

const PROVIDER = { name: "ollama", host: "http://gpu:11434", model: "llama3.2:3b" } as const;
const AGAIN = "run it again: the server keeps what has arrived, and goes on from there";

test("each failure of a pull has its next step", () => {
  const cases: [kind: FailureKind, message: string, advice: string][] = [
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
      "HTTP 404: no such API there; check the address and its path",
      "whatever stands before the server lets nobody pull; on the server: ollama pull llama3.2:3b",
    ],
    [
      "auth",
      "HTTP 401: credentials are missing or wrong",
      "set OLLAMA_API_KEY, or name:password@ in the address",
    ],
  ];
  for (const [kind, message, advice] of cases) {
    assert.equal(adviceFor({ kind, message }, PROVIDER, { step: "pull" }), advice);
  }
});
