import { assertEquals } from "@std/assert";
import { DemoChannel } from "../../src/demo/channel/server.ts";
import { test } from "../testing.ts";
import { serveHttp } from "../fakes/http_server.ts";
import { Rosey } from "./rosey.ts";

const ROUNDS = 2;
const SILENT = "I am silent until I am told to resume.";
const BACK = "I am back.";
const byRosey = ({ username }: { username: string }) => username === "Rosey";

/** A model whose server is too busy to say that it is alive, so that its reply ends that wait, too. */
class BusyModel implements AsyncDisposable {
  /** Ends the answer in progress. */
  answer = () => {};
  readonly #server = serveHttp((request) => this.#serve(request));
  readonly #closing = Promise.withResolvers<void>();
  #looked = Promise.withResolvers<void>();
  #busy = false;

  get url(): string {
    return this.#server.url;
  }

  /** Waits until it was asked whether it is alive, while it answers. */
  async looked(): Promise<void> {
    await this.#looked.promise;
    this.#looked = Promise.withResolvers();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.resolve();
    await this.#server[Symbol.asyncDispose]();
  }

  async #serve(request: Request): Promise<Response> {
    if (request.method === "HEAD") {
      if (!this.#busy) return new Response();
      this.#looked.resolve();
      await this.#closing.promise;
    }
    const models = [{ name: "rosey-demo:latest" }];
    if (request.method !== "POST") return Response.json({ models });
    const { messages } = await request.json();
    if (!messages?.length) return Response.json({ message: { content: "" }, done: true });
    this.#busy = true;
    await new Promise<void>((resolve) => this.answer = resolve);
    this.#busy = false;
    return Response.json({ message: { content: "Yes." }, done: true, done_reason: "stop" });
  }
}

/** What a server has sent before is in its clients' buffers. */
async function settled(url: string): Promise<void> {
  for (let times = 0; times < 5; times++) await (await fetch(url)).text();
}

test("nothing is said after !pause, however close to it a reply comes", async () => {
  await using model = new BusyModel();
  await using channel = await DemoChannel.start();
  channel.addPuppet("moddy", 2);
  await using rosey = Rosey.start(channel.url, { llm: { ollama_host: model.url } });
  await rosey.ready();
  const said = (text: string) =>
    channel.nextLine((line) => byRosey(line) && line.msg === text, 10_000);
  for (let round = 0; round < ROUNDS; round++) {
    channel.say("alice", "rosey?");
    await model.looked();
    const silent = said(SILENT);
    // A process that is stopped meanwhile finds the reply and the command at the same time.
    Deno.kill(rosey.pid, "SIGSTOP");
    model.answer();
    await settled(model.url);
    channel.say("moddy", "!pause");
    await settled(channel.url);
    Deno.kill(rosey.pid, "SIGCONT");
    await silent;
    const back = said(BACK);
    channel.say("moddy", "!resume");
    await back;
  }
  const lines = channel.lines.filter(byRosey).map(({ msg }) => msg);
  const after = lines.filter((_, at) => lines[at - 1] === SILENT);
  assertEquals(after, Array(ROUNDS).fill(BACK));
}, { needs: "linux" });
