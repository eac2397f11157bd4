/** A server that speaks OpenAI's chat completions on loopback, well or badly. */

/** What it does with a chat. */
export type OpenAiMode =
  | { kind: "stream"; text: string; finish?: string; reasoning?: string }
  | { kind: "whole"; text: string }
  | { kind: "status"; status: number; body: string; headers?: Record<string, string> }
  | { kind: "error_event"; message: string }
  | { kind: "cut" };

/** A chat's fields, as a server reads them. */
export interface ChatBody extends Readonly<Record<string, unknown>> {
  readonly model: string;
  readonly messages: readonly { readonly role: string; readonly content: string }[];
}

export type Refuse = (body: ChatBody) => Response | undefined;

export class FakeOpenAi implements AsyncDisposable {
  mode: OpenAiMode = { kind: "stream", text: "Hello." };
  /** The status of the list of models. */
  listStatus = 200;
  readonly requests: { path: string; authorization: string | null; body: unknown }[] = [];
  /** Its model, as the list has it. */
  listed: Record<string, unknown> = { id: "small-model", object: "model" };
  /** The body of such an answer, where it is not a success. */
  listBody = JSON.stringify({ error: { message: "no list" } });
  /** Refuses a chat that a real server would not take; undefined: it is answered. */
  refuse: Refuse = () => undefined;
  /** How many chats were refused. */
  refused = 0;
  /** Told of each chat before it is answered. */
  onChat: (request: Request) => Promise<void> | void = () => {};
  /** Methods of the requests for its models. */
  readonly looks: string[] = [];
  readonly #closing = new AbortController();
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor() {
    const { signal } = this.#closing;
    const options = { hostname: "127.0.0.1", port: 0, onListen: () => {}, signal };
    this.#server = Deno.serve(options, (request) => this.#answer(request));
  }

  /** As an operator writes it, with its `/v1`. */
  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}/v1`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // A graceful shutdown does not always end under Deno 2.4.
    this.#closing.abort();
    await this.#server.finished;
  }

  async #answer(request: Request): Promise<Response> {
    const path = new URL(request.url).pathname;
    if (path === "/v1/models") {
      this.looks.push(request.method);
      const { listStatus: status } = this;
      const headers = { "content-type": "application/json" };
      if (status !== 200) return new Response(this.listBody, { status, headers });
      return Response.json({ object: "list", data: [this.listed] });
    }
    const body = request.method === "POST" ? await request.json() : undefined;
    this.requests.push({ path, authorization: request.headers.get("authorization"), body });
    if (path !== "/v1/chat/completions") return new Response("Not Found", { status: 404 });
    await this.onChat(request);
    const refusal = this.refuse(body);
    if (refusal) this.refused++;
    return refusal ?? this.#chat();
  }

  #chat(): Response {
    const { mode } = this;
    switch (mode.kind) {
      case "status":
        return new Response(mode.body, { status: mode.status, headers: mode.headers });
      case "whole":
        return Response.json({
          choices: [{
            index: 0,
            message: { role: "assistant", content: mode.text },
            finish_reason: "stop",
          }],
        });
      case "error_event":
        return sse([{ error: { message: mode.message, type: "server_error" } }]);
      case "cut":
        return sse([delta("Half a ")]);
      case "stream": {
        const thoughts = (mode.reasoning ?? "").split(/(?<= )/)
          .map((reasoning_content) => ({ choices: [{ index: 0, delta: { reasoning_content } }] }));
        const words = [...thoughts, ...mode.text.split(/(?<= )/).map((word) => delta(word))];
        const end = { choices: [{ index: 0, delta: {}, finish_reason: mode.finish ?? "stop" }] };
        return sse([...words, end], true);
      }
    }
  }
}

function delta(content: string) {
  return { choices: [{ index: 0, delta: { content }, finish_reason: null }] };
}

function sse(events: unknown[], done = false): Response {
  const data = events.map((event) => `data: ${JSON.stringify(event)}\r\n\r\n`);
  const body = `: a comment\n\n${data.join("")}${done ? "data: [DONE]\n\n" : ""}`;
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
}
