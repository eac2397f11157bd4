import { assert, assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import { Buffer } from "node:buffer";
import {
  correctedHost,
  InvalidHostError,
  isCloudHost,
  parseHost,
} from "../../src/config/ollama_host.ts";
import { test } from "../testing.ts";

const NO_SCHEME = "the address must begin with http:// or https://";
const NOT_TO_CONNECT = "is an address to listen on, not one to connect to";
const QUERY = "an address has no query or fragment";

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

test("Ollama's cloud is ollama.com and what is below it", () => {
  for (const host of ["ollama.com", "ollama.com.", "eu.ollama.com", "OLLAMA.com:443"]) {
    assert(isCloudHost(`https://${host}/v1`), host);
  }
  for (const host of ["notollama.com", "ollama.com.evil.example", "127.0.0.1"]) {
    assert(!isCloudHost(`https://${host}`), host);
  }
  assert(!isCloudHost("ollama.com"));
});

test("host that is not an http or https URL is refused with the corrected value", () => {
  const cases: readonly (readonly [value: string, problem: string, corrected?: string])[] = [
    // The specification's invalid examples.
    ["192.168.1.100:11434", NO_SCHEME, "http://192.168.1.100:11434"],
    ["ollama-server", NO_SCHEME, "http://ollama-server:11434"],
    ["not-a-valid-url", NO_SCHEME, "http://not-a-valid-url:11434"],
    ["ftp://192.168.1.100:11434", "unsupported protocol ftp://", "http://192.168.1.100:11434"],
    ["", "the address is empty"],
    // What Ollama's own programs take.
    ["host", NO_SCHEME, "http://host:11434"],
    ["host:11434", NO_SCHEME, "http://host:11434"],
    ["host:11434/", NO_SCHEME, "http://host:11434"],
    ["localhost", NO_SCHEME, "http://localhost:11434"],
    ["localhost:11434", NO_SCHEME, "http://localhost:11434"],
    [":1234", NO_SCHEME, "http://localhost:1234"],
    ["[::1]", NO_SCHEME, "http://[::1]:11434"],
    ["[::1]:8080", NO_SCHEME, "http://[::1]:8080"],
    ["::1", NO_SCHEME, "http://[::1]:11434"],
    ["fe80::1", NO_SCHEME, "http://[fe80::1]:11434"],
    ["0.0.0.0", NO_SCHEME, "http://localhost:11434"],
    ["0.0.0.0:8080", NO_SCHEME, "http://localhost:8080"],
    ["[::]", NO_SCHEME, "http://localhost:11434"],
    ["  host  ", NO_SCHEME, "http://host:11434"],
    ['"host"', NO_SCHEME, "http://host:11434"],
    ["'host:8080'", NO_SCHEME, "http://host:8080"],
    ['"http://host:11434"', NO_SCHEME, "http://host:11434"],
    ["`https://host`", NO_SCHEME, "https://host"],
    ["//host:8080", NO_SCHEME, "http://host:8080"],
    ["gpu.example.com/ollama", NO_SCHEME, "http://gpu.example.com:11434/ollama"],
    [" http://host:11434 ", "the address has blanks around it", "http://host:11434"],
    ["http://host:11434\n", "the address has blanks around it", "http://host:11434"],
    ["ftp://host", "unsupported protocol ftp://", "http://host"],
    ["htp://host:11434", "unsupported protocol htp://", "http://host:11434"],
    ["ws://host:11434", "unsupported protocol ws://", "http://host:11434"],
    ["HTTPX://host", "unsupported protocol httpx://", "http://host"],
    ["http://0.0.0.0:11434", `0.0.0.0 ${NOT_TO_CONNECT}`, "http://localhost:11434"],
    ["https://0.0.0.0/x", `0.0.0.0 ${NOT_TO_CONNECT}`, "https://localhost/x"],
    ["http://[::]:8080", `[::] ${NOT_TO_CONNECT}`, "http://localhost:8080"],
    ["http://0:11434", `0.0.0.0 ${NOT_TO_CONNECT}`, "http://localhost:11434"],
    ["http://host:1?x=1", QUERY, "http://host:1"],
    ["http://host:1#f", QUERY, "http://host:1"],
    ["http://host:1/?a=b", QUERY, "http://host:1"],
    // Nobody knows what was meant.
    ["   ", "the address is empty"],
    ["http://", "not a valid URL"],
    ["https://", "not a valid URL"],
    ["http:", NO_SCHEME],
    ["http://host:99999", "not a valid URL"],
    ["http://host:port", "not a valid URL"],
    ["http://ho st", "not a valid URL"],
  ];
  for (const [value, problem, corrected] of cases) {
    const advice = corrected === undefined ? "" : `; did you mean "${corrected}"?`;
    const { message } = assertThrows(() => parseHost(value), InvalidHostError);
    assertEquals(message, `${problem}, found ${JSON.stringify(value)}${advice}`);
  }
});

test("host's correction is accepted", () => {
  for (
    const value of ["http//host", "http:/host:1", "http:host:1", "http:\\\\host", "'ftp://host/'"]
  ) {
    const corrected = correctedHost(value)!;
    assertEquals(parseHost(corrected).url, corrected, value);
    assertEquals(new URL(corrected).hostname, "host");
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
  for (const host of ["host:8080", "host"]) {
    const { message } = assertThrows(() => parseHost(`user:pass@${host}`), InvalidHostError);
    const corrected = host === "host" ? "http://host:11434" : "http://host:8080";
    assertEquals(message, `${NO_SCHEME}, found "${host}"; did you mean "${corrected}"?`);
  }
});
