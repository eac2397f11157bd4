/** Loopback servers that never answer. */

/** Something that waits for clients, and is closed by `close` or at the end of `await using`. */
export interface Trap extends AsyncDisposable {
  /** Where it waits. */
  readonly url: string;
  /** Lets go of everything. */
  close(): Promise<void>;
}

const HOSTNAME = "127.0.0.1";
const HANGS_AFTER_MS = 300;
const MOST_CONNECTIONS = 5000;

/**
 * An address where TCP itself hangs: its accept queue is full, so that Linux drops further SYNs.
 *
 * @throws {Error} When 5000 connections do not fill the queue.
 */
export async function blackHole(): Promise<Trap> {
  const listener = Deno.listen({ hostname: HOSTNAME, port: 0 });
  const { port } = listener.addr;
  const attempts: Promise<Deno.Conn>[] = [];
  const trap = trapOf(`http://${HOSTNAME}:${port}`, async () => {
    listener.close();
    // The one that hangs is refused when Linux sends its SYN again, within a second or two.
    for (const attempt of await Promise.allSettled(attempts)) {
      if (attempt.status === "fulfilled") attempt.value.close();
    }
  });
  do {
    attempts.push(Deno.connect({ hostname: HOSTNAME, port }));
  } while (await comesAbout(attempts.at(-1)) && attempts.length < MOST_CONNECTIONS);
  if (attempts.length < MOST_CONNECTIONS) return trap;
  await trap.close();
  throw new Error(`Cannot fill the accept queue: ${MOST_CONNECTIONS} connections were taken`);
}

/** A server that accepts connections, reads, and never sends a byte. */
export function silentServer(): Trap {
  const listener = Deno.listen({ hostname: HOSTNAME, port: 0 });
  const connections = new Set<Deno.Conn>();
  const serve = async (connection: Deno.Conn) => {
    connections.add(connection);
    const buffer = new Uint8Array(4096);
    while (await connection.read(buffer).catch(() => null) !== null);
    if (connections.delete(connection)) connection.close();
  };
  const served: Promise<void>[] = [];
  const accept = async () => {
    for await (const connection of listener) served.push(serve(connection));
  };
  const accepting = accept();
  return trapOf(`http://${HOSTNAME}:${listener.addr.port}`, async () => {
    listener.close();
    await accepting;
    for (const connection of connections) connection.close();
    connections.clear();
    await Promise.all(served);
  });
}

function trapOf(url: string, close: () => Promise<void>): Trap {
  return { url, close, [Symbol.asyncDispose]: close };
}

async function comesAbout(attempt: Promise<Deno.Conn> | undefined): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), HANGS_AFTER_MS);
  });
  const connected = await Promise.race([attempt?.then(() => true), late]);
  clearTimeout(timer);
  return connected === true;
}
