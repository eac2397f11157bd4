import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertMatch,
  assertNotEquals,
  fail,
} from "@std/assert";
import { Buffer } from "node:buffer";
import { correctedHost, InvalidHostError, parseHost } from "../../src/config/ollama_host.ts";
import { test } from "../testing.ts";

const NO_SCHEME = "the address must begin with http:// or https://";

function failureOf(value: string): string {
  try {
    parseHost(value);
  } catch (error) {
    assertInstanceOf(error, InvalidHostError);
    return error.message;
  }
  return fail(`${JSON.stringify(value)} was accepted`);
}

test("host is accepted as an http or https URL", () => {
  const cases: readonly (readonly [value: string, url: string])[] = [
    // The specification's valid examples.
    ["http://localhost:11434", "http://localhost:11434"],
    ["http://192.168.1.100:11434", "http://192.168.1.100:11434"],
    ["http://ollama-gpu-server:11434", "http://ollama-gpu-server:11434"],
    ["https://ollama.example.com:11434", "https://ollama.example.com:11434"],
    ["http://10.0.0.5:8080", "http://10.0.0.5:8080"],
    ["https://ollama.example.com:443", "https://ollama.example.com"],
    ["https://ollama.example.com", "https://ollama.example.com"],
    // The scheme's own port, not Ollama's.
    ["http://host", "http://host"],
    ["http://host:80", "http://host"],
    ["https://host:80", "https://host:80"],
    ["HTTP://Host:1", "http://host:1"],
    ["http://[::1]:11434", "http://[::1]:11434"],
    ["http://[fe80::1]", "http://[fe80::1]"],
    ["http://127.0.0.1:65535", "http://127.0.0.1:65535"],
    // A path is kept, a trailing slash is not.
    ["https://gpu.example.com/ollama", "https://gpu.example.com/ollama"],
    ["https://gpu.example.com/ollama/", "https://gpu.example.com/ollama"],
    ["http://host/", "http://host"],
    ["http://host:11434//", "http://host:11434"],
    ["http://host/a/b//", "http://host/a/b"],
  ];
  for (const [value, url] of cases) {
    assertEquals(parseHost(value), { url, authorization: undefined }, value);
  }
});

test("host without a scheme is refused with the corrected value", () => {
  const cases: readonly (readonly [value: string, corrected: string])[] = [
    // The specification's invalid examples.
    ["192.168.1.100:11434", "http://192.168.1.100:11434"],
    ["ollama-server", "http://ollama-server:11434"],
    ["not-a-valid-url", "http://not-a-valid-url:11434"],
    // What Ollama's own programs take.
    ["host", "http://host:11434"],
    ["host:11434", "http://host:11434"],
    ["host:11434/", "http://host:11434"],
    ["localhost", "http://localhost:11434"],
    ["localhost:11434", "http://localhost:11434"],
    [":1234", "http://localhost:1234"],
    ["[::1]", "http://[::1]:11434"],
    ["[::1]:8080", "http://[::1]:8080"],
    ["::1", "http://[::1]:11434"],
    ["fe80::1", "http://[fe80::1]:11434"],
    ["0.0.0.0", "http://localhost:11434"],
    ["0.0.0.0:8080", "http://localhost:8080"],
    ["[::]", "http://localhost:11434"],
    ["  host  ", "http://host:11434"],
    ['"host"', "http://host:11434"],
    ["'host:8080'", "http://host:8080"],
    ['"http://host:11434"', "http://host:11434"],
    ["`https://host`", "https://host"],
    ["//host:8080", "http://host:8080"],
    ["gpu.example.com/ollama", "http://gpu.example.com:11434/ollama"],
  ];
  for (const [value, corrected] of cases) {
    const found = JSON.stringify(value);
    const message = `${NO_SCHEME}, found ${found}; did you mean "${corrected}"?`;
    assertEquals(failureOf(value), message, value);
  }
});

test("padded host is refused with the corrected value", () => {
  assertMatch(
    failureOf(" http://host:11434 "),
    /, found " http:\/\/host:11434 "; did you mean "http:\/\/host:11434"\?$/,
  );
  assertMatch(failureOf("http://host:11434\n"), /; did you mean "http:\/\/host:11434"\?$/);
});

test("host of another protocol is refused with the corrected value", () => {
  const cases: readonly (readonly [value: string, protocol: string, corrected: string])[] = [
    ["ftp://192.168.1.100:11434", "ftp", "http://192.168.1.100:11434"],
    ["ftp://host", "ftp", "http://host"],
    ["htp://host:11434", "htp", "http://host:11434"],
    ["ws://host:11434", "ws", "http://host:11434"],
    ["HTTPX://host", "httpx", "http://host"],
  ];
  for (const [value, protocol, corrected] of cases) {
    assertEquals(
      failureOf(value),
      `unsupported protocol ${protocol}://, found "${value}"; did you mean "${corrected}"?`,
    );
  }
});

test("listen address is refused with the loopback address", () => {
  const cases: readonly (readonly [value: string, host: string, corrected: string])[] = [
    ["http://0.0.0.0:11434", "0.0.0.0", "http://localhost:11434"],
    ["https://0.0.0.0/x", "0.0.0.0", "https://localhost/x"],
    ["http://[::]:8080", "[::]", "http://localhost:8080"],
    ["http://0:11434", "0.0.0.0", "http://localhost:11434"],
  ];
  for (const [value, host, corrected] of cases) {
    assertEquals(
      failureOf(value),
      `${host} is an address to listen on, not one to connect to, found "${value}"` +
        `; did you mean "${corrected}"?`,
    );
  }
});

test("host with a query or fragment is refused with the corrected value", () => {
  for (const value of ["http://host:1?x=1", "http://host:1#f", "http://host:1/?a=b"]) {
    assertEquals(
      failureOf(value),
      `an address has no query or fragment, found "${value}"; did you mean "http://host:1"?`,
    );
  }
});

test("host that cannot be corrected is refused without a suggestion", () => {
  const cases: readonly (readonly [value: string, message: string])[] = [
    ["", 'the address is empty, found ""'],
    ["   ", 'the address is empty, found "   "'],
    ["http://", 'not a valid URL, found "http://"'],
    ["https://", 'not a valid URL, found "https://"'],
    ["http:", `${NO_SCHEME}, found "http:"`],
    ["http://host:99999", 'not a valid URL, found "http://host:99999"'],
    ["http://host:port", 'not a valid URL, found "http://host:port"'],
    ["http://ho st", 'not a valid URL, found "http://ho st"'],
  ];
  for (const [value, message] of cases) assertEquals(failureOf(value), message);
});

test("host that is refused is corrected to one that is accepted", () => {
  const values = [
    "host",
    "::1",
    "fe80::1",
    "0.0.0.0",
    "http://0:11434",
    "http//host",
    "http:/host:1",
    "http:host:1",
    "http:\\\\host",
    "user:pass@host",
    "'ftp://host/'",
  ];
  for (const value of values) {
    const corrected = correctedHost(value);
    assert(corrected !== undefined, value);
    assertEquals(parseHost(corrected).url, corrected, value);
    assertNotEquals(new URL(corrected).hostname, "http", value);
  }
});

test("host's credentials become a header and leave the address", () => {
  const cases: readonly (readonly [value: string, url: string, credentials: string])[] = [
    ["http://user:pass@host:11434", "http://host:11434", "user:pass"],
    ["https://user:pass@host/ollama/", "https://host/ollama", "user:pass"],
    ["http://user@host", "http://host", "user:"],
    ["http://:pass@host", "http://host", ":pass"],
    ["http://user:p%40ss%2Fword@host", "http://host", "user:p@ss/word"],
    ["http://user:p@ss@host:1", "http://host:1", "user:p@ss"],
    ["http://user:a:b@host", "http://host", "user:a:b"],
    ["http://user:50%off@host", "http://host", "user:50%off"],
    ["http://user:100%25@host", "http://host", "user:100%"],
    ["http://user:%zz@host", "http://host", "user:%zz"],
    ["http://jürgen:größe@host", "http://host", "jürgen:größe"],
  ];
  for (const [value, url, credentials] of cases) {
    const authorization = `Basic ${Buffer.from(credentials, "utf8").toString("base64")}`;
    assertEquals(parseHost(value), { url, authorization }, value);
  }
});

test("host's credentials are never in the address, the message or the correction", () => {
  const values = [
    "user:SECRET@host",
    "user:SECRET@host:11434",
    "user:SECRET@",
    "http://user:a/SECRET@host:1",
    "http://user:a@SECRET@host:1",
    "http://user:a?SECRET@host:1",
    "http://user:a#SECRET@host:1",
    "http://user:a\\SECRET@host:1",
    "http://user:a%SECRET@host:1",
    "http://user:12/SECRET@host:1",
    "http://user:12?SECRET@host:1",
    "http://user/SECRET@host:1",
    "http://user:SE@CRET@0.0.0.0:1",
    "http://user:SECRET@host:99999",
    "http://user:SECRET@host?x=1",
    "ftp://user:SECRET@host",
    "ftp://user:a/SECRET@b@host",
    '"http://user:SECRET@host"',
    "'user:SECRET@host'",
    "  http://user:SECRET@ho st",
    "http:user:SECRET@host",
    "http//user:SECRET@host",
    "http:\\\\user:SECRET@host",
    "`http://user:SECRET@host`",
  ];
  for (const value of values) {
    let shown: string;
    try {
      shown = parseHost(value).url;
    } catch (error) {
      assertInstanceOf(error, InvalidHostError, value);
      shown = error.message + correctedHost(value);
    }
    assert(!/secret|user/i.test(shown), `${value} shows ${shown}`);
  }
});

test("host with credentials but no scheme is corrected as one without them", () => {
  assertEquals(
    failureOf("user:pass@host"),
    `${NO_SCHEME}, found "host"; did you mean "http://host:11434"?`,
  );
  assertEquals(
    failureOf("user:pass@host:8080"),
    `${NO_SCHEME}, found "host:8080"; did you mean "http://host:8080"?`,
  );
});
