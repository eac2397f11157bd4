/** The address of a server, which `await using` closes. */
export interface HttpServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
}

export interface HttpServerOptions {
  /** PEM texts for HTTPS; the address has the name `localhost` then. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

/**
 * Starts an HTTP server on loopback that cuts its connections when it is closed. Deno's own `shutdown`
 * waits for them, under Deno 2.4 for ever at times.
 */
export function serveHttp(
  handler: Deno.ServeHandler<Deno.NetAddr>,
  { tls }: HttpServerOptions = {},
): HttpServer {
  const closing = new AbortController();
  const { addr: { port }, finished } = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    ...tls,
    signal: closing.signal,
    onListen: () => {},
    onError: (error) => new Response(String(error), { status: 502 }),
  }, handler);
  return {
    url: tls ? `https://localhost:${port}` : `http://127.0.0.1:${port}`,
    port,
    async [Symbol.asyncDispose]() {
      closing.abort();
      await finished;
    },
  };
}
