/** Faulty certificates, TLS on a port for HTTP, and HTTP on a port for TLS. */
import { FakeOllama } from "../fakes/ollama/server.ts";
import { type CertKind, makeCerts } from "../fakes/certs.ts";
import { FaultyOllama } from "../fakes/ollama/faulty.ts";
import { RawHttp, type RawScript } from "../fakes/raw_http.ts";
import type { FaultRow, Scene } from "./fault_scene.ts";

const USE_HTTP = /that port does not speak TLS; use http:/;

export const TLS_ROWS: readonly FaultRow[] = [
  tls("an unknown authority", "valid", false, /authority is not known here; set llm\.ca_file/),
  tls("an expired certificate", "expired", true, /the certificate has expired; renew/),
  tls("a certificate of tomorrow", "not_yet", true, /not valid yet; set the clocks/),
  tls("a certificate for another name", "wrong_name", true, /certificate is for another name/),
  tls("a self-signed certificate", "self_signed", false, /ca_file|as its own/),
  tls(
    "a self-signed one that is trusted",
    "self_signed",
    true,
    /authority's certificate as its own/,
  ),
  {
    name: "TLS: probed, an unknown authority",
    ask: "probe",
    needs: "openssl",
    open: () => certified("valid", false),
    kind: "tls",
    message: /llm\.ca_file/,
  },
  {
    name: "TLS: https to an http port",
    open: async () => {
      const server = await FakeOllama.start({ tokenDelayMs: 0 });
      const faulty = { url: server.url.replace("http:", "https:") };
      return { faulty, good: { url: server.url }, close: () => server.close() };
    },
    kind: "tls",
    message: USE_HTTP,
  },
  {
    name: "TLS: http to an https port",
    needs: "openssl",
    open: async () => {
      const scene = await certified("valid", true);
      return { ...scene, faulty: { url: scene.faulty.url.replace("https:", "http:") } };
    },
    // The client reports invalid HTTP, without the bytes.
    kind: "protocol",
    message: /does not speak HTTP; .*if it speaks TLS, use https:/,
  },
  ...(["reset", "cut"] as const).map((kind): FaultRow => ({
    name: `TLS: ${kind === "cut" ? "closed in the middle" : "closed before any header"}`,
    needs: "openssl",
    open: async () => {
      const certs = await makeCerts();
      const server = FaultyOllama.start({ tls: certs, fault: { kind, chunks: 2 } });
      return {
        faulty: { url: server.url, caCerts: [certs.ca] },
        cure: () => void (server.fault = null),
        close: async () => void await Promise.all([server.close(), certs.close()]),
      };
    },
    kind: "reset",
    message: /closed before the answer was complete/,
  })),
  { ...plain("garbage for a greeting", { bytes: "garbage\r\n" }), message: USE_HTTP },
  {
    ...plain("closed at the greeting", {}),
    message: /^TLS: the connection was closed during the handshake/,
  },
  { ...plain("no answer to the greeting", { hold: true }), kind: "timeout", message: /0\.3 s/ },
];

function tls(name: string, kind: CertKind, trusted: boolean, message: RegExp): FaultRow {
  const open = () => certified(kind, trusted);
  return { name: `TLS: ${name}`, needs: "openssl", open, kind: "tls", message };
}

/** A server with a faulty certificate, and one with a valid one. */
async function certified(kind: CertKind, trusted: boolean): Promise<Scene> {
  const bad = await makeCerts(kind);
  const valid = await makeCerts("valid");
  const [server, other] = [bad, valid].map(({ cert, key }) =>
    FakeOllama.start({ tokenDelayMs: 0, tls: { cert, key } })
  ) as [FakeOllama, FakeOllama];
  return {
    faulty: { url: named(server), caCerts: trusted ? [bad.ca] : undefined },
    good: { url: named(other), caCerts: [valid.ca] },
    close: async () => {
      await Promise.all([server.close(), other.close(), bad.close(), valid.close()]);
    },
  };
}

function named(server: FakeOllama): string {
  return server.url.replace("127.0.0.1", "localhost");
}

/** A port without TLS. */
function plain(name: string, script: RawScript): Omit<FaultRow, "message"> {
  const open = () => {
    const server = new RawHttp(script);
    const faulty = { url: server.url.replace("http:", "https:") };
    return {
      faulty,
      good: { url: server.url },
      cure: () => void (server.script = null),
      close: () => server.close(),
    };
  };
  return { name: `TLS: ${name}`, open, kind: "tls", limitMs: 300 };
}
