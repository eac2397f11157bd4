/** A model server that can be killed, restarted as another one, and made to answer badly. */
import { Buffer } from "node:buffer";
import { delay } from "../../src/clock.ts";
import type { Certs } from "../../tests/fakes/certs.ts";
import { makeCerts } from "../../tests/fakes/certs.ts";
import { forward, shut, untilGone, writeAll } from "../../tests/fakes/ollama/faulty.ts";
import { FakeOllama } from "../../tests/fakes/ollama/server.ts";
import { FakeOpenAi } from "../../tests/fakes/openai.ts";
import { json } from "../../tests/fakes/openai_errors.ts";
import type { ChaosModel, ModelMessage } from "./model.ts";
import { type Plan, planOf } from "./responses.ts";
import type { ModelFault } from "./schedule.ts";

export const MODEL = "rosey-demo";

export type Form = "ollama" | "openai";

export interface ModelServerOptions {
  readonly form: Form;
  readonly model: ChaosModel;
  /** For https. */
  readonly certs?: Certs;
}

interface Setup {
  readonly name: string;
  readonly window: number;
}

interface Backend extends AsyncDisposable {
  readonly port: number;
}

type Pair = Pick<Certs, "cert" | "key">;

const WHOLE: Setup = { name: `${MODEL}:latest`, window: 8192 };
const OTHER_MODELS: Setup = { ...WHOLE, name: "another:latest" };
const OTHER_WINDOW: Setup = { ...WHOLE, window: 2048 };
const ANSWER = /\/(?:api\/chat|api\/generate|chat\/completions)$/;
/** Words between two chunks of a stream. */
const PIECE = /(?:\S+\s*){1,4}/g;

export class ModelServer implements AsyncDisposable {
  /** Requests that met the fault. */
  hits = 0;
  readonly url: string;
  readonly #options: ModelServerOptions;
  readonly #port: number;
  readonly #connections = new Map<Deno.Conn, Promise<void>>();
  #backend: Backend;
  #tls: Pair | undefined;
  #untrusted: Certs | undefined;
  #fault: { readonly kind: ModelFault; readonly chatOnly: boolean } | undefined;
  #listener: Deno.Listener | undefined;
  #accepting: Promise<void> = Promise.resolve();
  #hit = () => {};

  constructor(options: ModelServerOptions) {
    this.#options = options;
    this.#tls = options.certs;
    this.#backend = startBackend(options, WHOLE);
    this.#port = this.#listen(0);
    this.url = `${options.certs ? "https" : "http"}://127.0.0.1:${this.#port}`;
  }

  get form(): Form {
    return this.#options.form;
  }

  get isWhole(): boolean {
    return this.#fault === undefined;
  }

  async begin(kind: ModelFault, chatOnly: boolean): Promise<void> {
    this.hits = 0;
    this.#fault = { kind, chatOnly };
    const { certs } = this.#options;
    switch (kind) {
      case "killed":
        return await this.#stop();
      case "other models":
        return await this.#restart({ setup: OTHER_MODELS });
      case "other window":
        return await this.#restart({ setup: OTHER_WINDOW });
      case "new certificate":
        return await this.#restart({ tls: await certs?.renew() });
      case "untrusted certificate":
        return await this.#restart({ tls: this.#untrusted ??= await makeCerts() });
    }
  }

  async end(): Promise<void> {
    const { kind } = this.#fault ?? {};
    this.#fault = undefined;
    if (kind === "killed") this.#listen(this.#port);
    if (kind === "other models" || kind === "other window") await this.#restart({ setup: WHOLE });
    if (kind === "untrusted certificate") await this.#restart({ tls: this.#options.certs });
  }

  /** Resolves when a request meets the fault. */
  hit(): Promise<void> {
    return this.hits > 0 ? Promise.resolve() : new Promise((resolve) => this.#hit = resolve);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop();
    await this.#backend[Symbol.asyncDispose]();
    await this.#untrusted?.close();
  }

  async #restart({ setup, tls = this.#tls }: { setup?: Setup; tls?: Pair }): Promise<void> {
    await this.#stop();
    if (setup !== undefined) {
      await this.#backend[Symbol.asyncDispose]();
      this.#backend = startBackend(this.#options, setup);
    }
    this.#tls = tls;
    this.#listen(this.#port);
  }

  #listen(port: number): number {
    const address = { hostname: "127.0.0.1", port };
    const listener = this.#tls
      ? Deno.listenTls({ ...address, cert: this.#tls.cert, key: this.#tls.key })
      : Deno.listen(address);
    this.#listener = listener;
    this.#accepting = this.#accept(listener);
    return (listener.addr as Deno.NetAddr).port;
  }

  async #stop(): Promise<void> {
    this.#listener?.close();
    this.#listener = undefined;
    const served = [...this.#connections.values()];
    for (const connection of this.#connections.keys()) shut(connection);
    await Promise.all([this.#accepting, ...served]);
  }

  async #accept(listener: Deno.Listener): Promise<void> {
    for await (const connection of listener) {
      // A client that disconnects early, or that trusts no certificate, does not matter to others.
      const served = this.#serve(connection).catch(() => {}).finally(() => {
        shut(connection);
        this.#connections.delete(connection);
      });
      this.#connections.set(connection, served);
    }
  }

  async #serve(connection: Deno.Conn): Promise<void> {
    const { request, last, path } = await readRequest(connection);
    const complete = Buffer.concat([request, last]);
    const fault = this.#fault;
    let plan: Plan | undefined;
    if (fault && (!fault.chatOnly || ANSWER.test(path))) {
      this.hits++;
      this.#hit();
      const whole = await this.#whole(complete);
      plan = planOf(fault.kind, { request: new TextDecoder("latin1").decode(request), whole });
    }
    // What is closed with its last byte unread is reset.
    if (plan?.end !== "reset") await connection.read(new Uint8Array(1));
    if (plan === undefined) return await forward(connection, complete, this.#backend.port);
    await carryOut(plan, connection);
    if (plan.end === "hold") await untilGone(connection);
  }

  /** The whole response of the server behind this one. */
  async #whole(request: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
    const pieces: Uint8Array<ArrayBuffer>[] = [];
    const client = {
      write: (data: Uint8Array) => {
        pieces.push(new Uint8Array(data));
        return Promise.resolve(data.length);
      },
      read: () => closed.promise,
      close: () => closed.resolve(null),
    };
    const closed = Promise.withResolvers<null>();
    await forward(client as unknown as Deno.Conn, request, this.#backend.port);
    return Buffer.concat(pieces);
  }
}

async function carryOut(plan: Plan, connection: Deno.Conn): Promise<void> {
  if (plan.firstMs) await delay(plan.firstMs);
  for (const piece of plan.pieces) {
    await writeAll(connection, piece);
    if (plan.pauseMs) await delay(plan.pauseMs);
  }
  while (plan.endless) await writeAll(connection, plan.pieces.at(-1)!);
}

/** Reads all of a request but its last byte, which is known. */
async function readRequest(connection: Deno.Conn) {
  const bytes: number[] = [];
  const one = new Uint8Array(1);
  let head = "";
  while (!head.endsWith("\r\n\r")) {
    if (await connection.read(one) === null) throw new Error("Cannot read a request: it ended");
    bytes.push(one[0]!);
    head += String.fromCharCode(one[0]!);
  }
  const length = Number(/\r\ncontent-length:\s*(\d+)/i.exec(head)?.[1] ?? 0);
  const rest = new Uint8Array(length);
  for (let at = 0; at < length;) {
    const count = await connection.read(rest.subarray(at));
    if (count === null) throw new Error("Cannot read a request: it ended");
    at += count;
  }
  const last = new TextEncoder().encode(length > 0 ? "}" : "\n");
  return {
    request: Buffer.concat([Uint8Array.from(bytes), rest]),
    last,
    path: head.split(" ")[1]?.split("?")[0] ?? "",
  };
}

function startBackend({ form, model }: ModelServerOptions, { name, window }: Setup): Backend {
  if (form === "ollama") {
    const ollama = FakeOllama.start({
      models: [name],
      contextLength: window,
      tokenDelayMs: 0,
      async *reply(messages) {
        yield* model.reply(messages).match(PIECE) ?? [];
      },
    });
    return ollama;
  }
  return startOpenAi(model, { name, window });
}

function startOpenAi(model: ChaosModel, { name, window }: Setup): Backend {
  const fake = new FakeOpenAi();
  fake.listed = { id: name, object: "model", owned_by: "vllm", max_model_len: window };
  fake.refuse = (body) => {
    if (!name.startsWith(body.model)) {
      const message = `The model \`${body.model}\` does not exist.`;
      return json(404, { error: { message, type: "NotFoundError", code: 404 } });
    }
    fake.mode = { kind: "stream", text: model.reply(body.messages as readonly ModelMessage[]) };
  };
  return {
    port: Number(new URL(fake.url).port),
    [Symbol.asyncDispose]: () => fake[Symbol.asyncDispose](),
  };
}
