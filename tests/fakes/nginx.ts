/** A real nginx in front of the fakes: a child process with everything it writes in a folder of its own. */
import { TextLineStream } from "../e2e/text_lines.ts";
import type { Certs } from "./certs.ts";
import { holdPort } from "./ollama/faulty.ts";

export interface NginxOptions {
  /** A `server` block; where it listens, and its certificate, are replaced. */
  readonly server: string;
  /** The certificate it shows; the authority that {@linkcode Nginx.client} trusts. */
  readonly certs: Certs;
  /** Replaces the directives of these names, each of which the block must have once. */
  readonly set?: Readonly<Record<string, string>>;
  /** What stands beside the block. */
  readonly http?: string;
  /** Whether it offers HTTP/2; default false. */
  readonly http2?: boolean;
  /** Whether worker processes serve, so that it can be reloaded; default false. */
  readonly reloads?: boolean;
}

/** Said of a worker with the configuration before: sources of nginx, ngx_process.c. */
const EXITED = /\[notice\] .* worker process \d+ exited/;

/** A proxy with TLS; it is stopped and its folder removed by `await using`. */
export class Nginx implements AsyncDisposable {
  /** Its error log, from its first start on. */
  readonly log: string[] = [];
  /** The same after a restart. */
  readonly port: number;
  /** Its address, for a certificate for `localhost`. */
  readonly url: string;
  readonly #folder: string;
  readonly #ca: string;
  #onLine: () => unknown = () => {};
  #process: { child: Deno.ChildProcess; read: Promise<void> } | undefined;

  private constructor(port: number, folder: string, ca: string) {
    this.port = port;
    this.url = `https://localhost:${port}`;
    this.#folder = folder;
    this.#ca = ca;
  }

  /**
   * Starts nginx.
   *
   * @throws {Error} When it does not take its configuration; the message has its log.
   */
  static async start(options: NginxOptions): Promise<Nginx> {
    const { certs, set, http = "", http2 = false, reloads = false } = options;
    const folder = await Deno.makeTempDir({ prefix: "rosey-nginx-" });
    const nginx = new Nginx(holdPort(), folder, certs.ca);
    try {
      const server = replaced(options.server, {
        listen: `127.0.0.1:${nginx.port} ssl${http2 ? " http2" : ""}`,
        ssl_certificate: `${folder}/server.pem`,
        ssl_certificate_key: `${folder}/server.key`,
        ...set,
      });
      await Deno.writeTextFile(`${folder}/server.pem`, certs.cert);
      await Deno.writeTextFile(`${folder}/server.key`, certs.key);
      await Deno.writeTextFile(`${folder}/nginx.conf`, around(`${http}\n${server}`, reloads));
      await nginx.restart();
      return nginx;
    } catch (error) {
      await nginx.close();
      throw error;
    }
  }

  /** Starts it again on the same port, after {@linkcode Nginx.kill}. */
  async restart(): Promise<void> {
    const child = new Deno.Command("nginx", {
      args: ["-e", "stderr", "-p", this.#folder, "-c", "nginx.conf"],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const listening = Promise.withResolvers<void>();
    const from = this.log.length;
    const read = this.#read(child, listening.resolve).then(() => {
      const said = this.log.slice(from).join("\n");
      listening.reject(new Error(`Cannot start nginx: it ended, saying:\n${said}`));
    });
    this.#process = { child, read };
    await listening.promise;
  }

  /** Has it read its configuration again, with another server behind it. */
  async reload(proxyPass: string): Promise<void> {
    const path = `${this.#folder}/nginx.conf`;
    const text = replaced(await Deno.readTextFile(path), { proxy_pass: proxyPass });
    await Deno.writeTextFile(path, text);
    const from = this.log.length;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onLine = () => this.log.slice(from).some((line) => EXITED.test(line)) && resolve();
    this.#process?.child.kill("SIGHUP");
    await promise;
  }

  /** Ends it as a power cut would: connections are cut, new ones refused. */
  kill(): Promise<void> {
    return this.#end("SIGKILL");
  }

  /** Stops it and removes its folder. */
  async close(): Promise<void> {
    await this.#end("SIGTERM");
    await Deno.remove(this.#folder, { recursive: true });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Connections to it that trust its authority. */
  client(through?: Names): Deno.HttpClient {
    const proxy = through && { transport: "http" as const, url: through.url };
    return Deno.createHttpClient({ caCerts: [this.#ca], ...(proxy ? { proxy } : {}) });
  }

  async #end(signal: Deno.Signal): Promise<void> {
    if (!this.#process) return;
    const { child, read } = this.#process;
    this.#process = undefined;
    try {
      child.kill(signal);
    } catch {
      // Already ended.
    }
    await child.status;
    await read;
  }

  async #read(child: Deno.ChildProcess, listening: () => void): Promise<void> {
    for await (const line of child.stderr.pipeThrough(new TextLineStream())) {
      this.log.push(line);
      this.#onLine();
      // Said when the ports are open: sources of nginx, ngx_init_cycle.
      if (/\[notice\] .* using the "\w+" event method/.test(line)) listening();
    }
    await child.status;
  }
}

/** A place from which every name leads to one port of this machine. */
export interface Names extends AsyncDisposable {
  /** For a client's `proxy`. */
  readonly url: string;
}

/**
 * Gives a server on loopback all the names there are: tunnels by CONNECT lead to it, whatever name they
 * ask for.
 */
export function allNames(port: number): Names {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const served: Promise<void>[] = [];
  const open = new Set<Deno.Conn>();
  const accept = async () => {
    for await (const connection of listener) served.push(tunnel(connection, port, open));
  };
  const accepting = accept();
  return {
    url: `http://127.0.0.1:${listener.addr.port}`,
    async [Symbol.asyncDispose]() {
      listener.close();
      await accepting;
      for (const connection of open) shut(connection);
      await Promise.all(served);
    },
  };
}

async function tunnel(client: Deno.Conn, port: number, open: Set<Deno.Conn>): Promise<void> {
  open.add(client);
  const encoder = new TextEncoder();
  try {
    // A client sends nothing after its request before it is answered.
    const asked = new TextDecoder().decode(await pieceOf(client));
    if (!/^CONNECT .*\r\n\r\n$/s.test(asked)) throw new Error(`Cannot tunnel as asked: ${asked}`);
    const server = await Deno.connect({ hostname: "127.0.0.1", port });
    open.add(server);
    await client.write(encoder.encode("HTTP/1.1 200 Connected\r\n\r\n"));
    await Promise.all([pump(client, server), pump(server, client)]);
    open.delete(server);
  } catch {
    // The client learns it by the end of its connection.
  }
  shut(client);
  open.delete(client);
}

async function pump(from: Deno.Conn, to: Deno.Conn): Promise<void> {
  try {
    for (;;) {
      const piece = await pieceOf(from);
      if (piece.length === 0) break;
      for (let at = 0; at < piece.length;) at += await to.write(piece.subarray(at));
    }
  } catch {
    // One side has closed: closes the other.
  }
  shut(from);
  shut(to);
}

async function pieceOf(connection: Deno.Conn): Promise<Uint8Array<ArrayBuffer>> {
  const buffer = new Uint8Array(16_384);
  return buffer.subarray(0, await connection.read(buffer) ?? 0);
}

function shut(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // Already closed.
  }
}

/** A configuration that docs/remote-ollama.md recommends. */
export function documented(heading: string): string {
  const page = Deno.readTextFileSync(new URL("../../docs/remote-ollama.md", import.meta.url));
  const section = page.split(/^#+ /m).find((section) => section.startsWith(`${heading}\n`));
  const block = /^```nginx\n(.*?)^```$/ms.exec(section ?? "")?.[1];
  if (block !== undefined) return block;
  throw new Error(`Cannot find the block for nginx in docs/remote-ollama.md under "${heading}"`);
}

/**
 * Replaces directives, so that the rest of a configuration is tested as it stands.
 *
 * @throws {Error} For a directive that it has not, or has more than once.
 */
export function replaced(block: string, values: Readonly<Record<string, string>>): string {
  let result = block;
  for (const [name, value] of Object.entries(values)) {
    const pattern = new RegExp(`^(\\s*${name}\\s)[^;]*;`, "gm");
    const count = result.match(pattern)?.length ?? 0;
    if (count !== 1) throw new Error(`Cannot replace ${name} as it is there ${count} times`);
    result = result.replace(pattern, (_, begin: string) => `${begin}${value};`);
  }
  return result;
}

function around(http: string, reloads: boolean): string {
  const kinds = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  return `daemon off;
# One process is ended by a signal for sure.
master_process ${reloads ? "on" : "off"};
pid nginx.pid;
error_log stderr notice;
events {}
http {
access_log off;
${kinds.map((kind) => `${kind}_temp_path ${kind};`).join("\n")}
${http}
}
`;
}
