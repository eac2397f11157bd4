import { assertEquals } from "@std/assert";
import { within } from "../../src/clock.ts";
import { DemoChannel } from "../../src/demo/channel/server.ts";
import { holdPort } from "../fakes/ollama/faulty.ts";
import { FakeOllama } from "../fakes/ollama/server.ts";
import { test } from "../testing.ts";
import { Rosey } from "./rosey.ts";

/** Far more than a shutdown takes, for a machine that is busy. */
const LIMIT_MS = 10_000;

/** Sends SIGTERM and returns the exit code; undefined where the program does not end. */
async function terminate(rosey: Rosey): Promise<number | undefined> {
  return (await within(rosey.stop(), LIMIT_MS))?.code;
}

/** What clients send that hold a connection, by what they do. */
const UNFINISHED = {
  "sends nothing": "",
  "never ends its headers": "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ",
  "sends half a body": "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\nhalf",
  "never reads its events": "GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
  "never reads the pages it asks for": "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".repeat(1000),
};

for (const [does, request] of Object.entries(UNFINISHED)) {
  test(`SIGTERM ends the program although a client of the status page ${does}`, async () => {
    await using channel = await DemoChannel.start({});
    const port = holdPort();
    await using rosey = Rosey.start(channel.url, {
      config: { status: { port } },
      llm: { enabled: false },
    });
    await rosey.line("Joined demo");
    using client = await Deno.connect({ hostname: "127.0.0.1", port });
    await client.write(new TextEncoder().encode(request));
    // Asked later, so by then the program has seen the other connection.
    await (await fetch(`http://127.0.0.1:${port}/healthz`)).text();
    assertEquals(await terminate(rosey), 0);
  }, { needs: "linux" });
}

test("SIGTERM ends the program although the service manager does not read", async () => {
  const folder = Deno.makeTempDirSync({ prefix: "rosey-service-" });
  using stack = new DisposableStack();
  stack.defer(() => Deno.removeSync(folder, { recursive: true }));
  const listen = (name: string) => {
    const path = `${folder}/${name}`;
    const socket = Deno.listenDatagram({ transport: "unixpacket", path });
    stack.defer(() => socket.close());
    return { path, socket };
  };
  const manager = listen("manager");
  await fill(manager.path, listen("other").socket);
  await using channel = await DemoChannel.start({});
  await using rosey = Rosey.start(channel.url, {
    llm: { enabled: false },
    env: { NOTIFY_SOCKET: manager.path, RUNTIME_DIRECTORY: folder },
  });
  await rosey.line("Joined demo");
  assertEquals(await terminate(rosey), 0);
}, { needs: "linux" });

test("SIGTERM explains the question that is being answered, and the one that waits", async () => {
  await using ollama = FakeOllama.start({ tokenDelayMs: 60_000 });
  await using channel = await DemoChannel.start({});
  await using rosey = Rosey.start(channel.url, { llm: { ollama_host: ollama.url } });
  await rosey.ready();
  for (const name of ["alice", "bob"]) {
    channel.say(name, "rosey?");
    await rosey.line(`LLM trigger: user=${name}`);
  }
  assertEquals(await terminate(rosey), 0);
  for (const name of ["alice", "bob"]) await rosey.line(`No answer for ${name}: stopped`);
});

/** Sends datagrams until no more are taken. */
async function fill(path: string, socket: Deno.DatagramConn): Promise<void> {
  for (;;) {
    const sending = socket.send(new Uint8Array(1), { transport: "unixpacket", path });
    // The last one waits until the socket is closed.
    sending.catch(() => {});
    if (await within(sending, 500) === undefined) return;
  }
}
