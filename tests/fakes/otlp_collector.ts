import { serveHttp } from "./http_server.ts";
/** A collector of OpenTelemetry: keeps what is sent to it as JSON. */
export interface CollectedSpan {
  readonly name: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly startTimeUnixNano: string;
  readonly attributes: readonly {
    readonly key: string;
    readonly value: { readonly stringValue?: string; readonly doubleValue?: number };
  }[];
}

interface Traces {
  readonly resourceSpans: readonly {
    readonly scopeSpans: readonly { readonly spans: readonly CollectedSpan[] }[];
  }[];
}

export class OtlpCollector implements AsyncDisposable {
  /** The path and the body of each request. */
  readonly requests: { readonly path: string; readonly body: string }[] = [];
  readonly #server = serveHttp(async (request) => {
    const { pathname: path } = new URL(request.url);
    this.requests.push({ path, body: await request.text() });
    return Response.json({});
  });

  /** The environment that has Deno send to this collector. */
  get env(): Record<string, string> {
    return {
      OTEL_DENO: "true",
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      OTEL_EXPORTER_OTLP_ENDPOINT: this.#server.url,
    };
  }

  get spans(): CollectedSpan[] {
    return this.requests.filter(({ path }) => path === "/v1/traces")
      .flatMap(({ body }) => (JSON.parse(body) as Traces).resourceSpans)
      .flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
  }
}

/** The attributes of a span by name. */
export function attributesOf({ attributes }: CollectedSpan): Record<string, string | number> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [key, value.stringValue ?? value.doubleValue ?? ""]),
  );
}
