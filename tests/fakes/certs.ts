/** A private certificate authority and server certificates, made by the `openssl` command. */

/** What is wrong with a certificate: nothing, its dates, its names, or that no authority signed it. */
export type CertKind = "valid" | "expired" | "not_yet" | "wrong_name" | "self_signed";

/** A server's certificate and the authority to trust; files are removed by `await using`. */
export interface Certs extends AsyncDisposable {
  /** The authority's certificate, PEM; for `self_signed` the server's own. */
  readonly ca: string;
  /** A file with {@linkcode Certs.ca}. */
  readonly caPath: string;
  /** The server's certificate, PEM. */
  readonly cert: string;
  /** The server's private key, PEM. */
  readonly key: string;
  /** Another certificate of the same authority, with a key of its own. */
  renew(): Promise<{ readonly cert: string; readonly key: string }>;
  close(): Promise<void>;
}

const KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
const SUBJECT = ["-subj", "/CN=Rosey test server"];
const NAMES = "DNS:localhost,IP:127.0.0.1";
const DAY_MS = 86_400_000;

/**
 * Makes a certificate for `localhost` and 127.0.0.1.
 *
 * @throws {Error} When `openssl` is not installed or fails.
 */
export async function makeCerts(kind: CertKind = "valid"): Promise<Certs> {
  const dir = await Deno.makeTempDir({ prefix: "rosey-certs-" });
  const close = () => Deno.remove(dir, { recursive: true });
  try {
    const names = kind === "wrong_name" ? "DNS:gpu.example.com" : NAMES;
    await Deno.writeTextFile(`${dir}/openssl.cnf`, configuration(names));
    await Deno.writeTextFile(`${dir}/index.txt`, "");
    if (kind === "self_signed") {
      const self = ["-x509", ...SUBJECT, "-addext", `subjectAltName=${NAMES}`];
      await openssl(dir, ["req", ...self, ...KEY, "-keyout", "server.key", "-out", "server.pem"]);
    } else {
      await makeAuthority(dir);
      await makeSigned(dir, START_DAYS[kind]);
    }
    const caPath = `${dir}/${kind === "self_signed" ? "server" : "ca"}.pem`;
    const ca = await Deno.readTextFile(caPath);
    const renew = async () => {
      await makeSigned(dir);
      return await pairIn(dir);
    };
    return { ca, caPath, ...await pairIn(dir), renew, close, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function pairIn(dir: string): Promise<{ cert: string; key: string }> {
  const read = (name: string) => Deno.readTextFile(`${dir}/${name}`);
  return { cert: await read("server.pem"), key: await read("server.key") };
}

async function makeSigned(dir: string, startDays = -1): Promise<void> {
  const request = ["req", ...SUBJECT, ...KEY, "-keyout", "server.key", "-out", "server.csr"];
  await openssl(dir, request);
  await sign(dir, startDays);
}

async function makeAuthority(dir: string): Promise<void> {
  const subject = ["-x509", "-subj", "/CN=Rosey test authority", "-days", "30"];
  await openssl(dir, ["req", ...subject, ...KEY, "-keyout", "ca.key", "-out", "ca.pem"]);
}

/** From today to the first of its thirty days. */
const START_DAYS: Partial<Record<CertKind, number>> = { expired: -60, not_yet: 2 };

async function sign(dir: string, startDays: number): Promise<void> {
  // `openssl ca` is the one subcommand that takes dates of the past in every version.
  const from = Date.now() + startDays * DAY_MS;
  const dates = ["-startdate", asn1(from), "-enddate", asn1(from + 30 * DAY_MS)];
  const files = ["-in", "server.csr", "-out", "server.pem"];
  await openssl(dir, ["ca", "-batch", "-notext", "-config", "openssl.cnf", ...dates, ...files]);
}

function asn1(time: number): string {
  return new Date(time).toISOString().replace(/\.\d+|[-:T]/g, "");
}

function configuration(names: string): string {
  return `[ca]
default_ca = test
[test]
dir = .
database = index.txt
unique_subject = no
new_certs_dir = .
rand_serial = yes
default_md = sha256
certificate = ca.pem
private_key = ca.key
policy = any
x509_extensions = server
[any]
commonName = supplied
[server]
basicConstraints = CA:FALSE
extendedKeyUsage = serverAuth
subjectAltName = ${names}
`;
}

async function openssl(cwd: string, args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command("openssl", { args, cwd }).output();
  if (success) return;
  throw new Error(`Cannot run openssl ${args[0]}: ${new TextDecoder().decode(stderr).trim()}`);
}
