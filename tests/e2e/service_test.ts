import { assert, assertEquals, assertMatch } from "@std/assert";
import { DemoChannel } from "../../src/demo/channel/server.ts";
import { FakeOllama } from "../fakes/ollama/server.ts";
import { hasAbstractNames, ServiceManager } from "../fakes/service_manager.ts";
import { test } from "../testing.ts";
import { Rosey } from "./rosey.ts";

const byRosey = ({ username }: { username: string }) => username === "Rosey";

const abstractNames = hasAbstractNames();
if (!abstractNames) console.log("SKIPPED: this Deno has no abstract names for sockets");

for (const abstract of abstractNames ? [false, true] : [false]) {
  const where = abstract ? "an abstract name" : "a file";
  test(`a service manager at ${where} gets ready, status, watchdog and stopping`, async () => {
    await using manager = new ServiceManager(abstract);
    await using ollama = FakeOllama.start({ reply: () => "Hello.", tokenDelayMs: 0 });
    await using channel = await DemoChannel.start({});
    await using rosey = Rosey.start(channel.url, {
      llm: { ollama_host: ollama.url.replace("://", "://bot:pw-planted@") },
      env: manager.env(400),
    });
    assertMatch(await manager.message(/READY=1/), /^READY=1\nSTATUS=on the way to demo on http/);
    await manager.message(/^STATUS=in demo as Rosey; rosey-demo on http:\/\/127.*: up$/);
    const first = manager.messages.length;
    await manager.message(/^WATCHDOG=1$/, first);
    await manager.message(/^WATCHDOG=1$/, first + 1);
    assertEquals((await rosey.stop()).code, 0);
    await manager.message(/^STOPPING=1\nSTATUS=stopping$/);
    assert(!manager.messages.join().includes("pw-planted"));
  }, { needs: "linux" });
}

test("an unreachable service manager is warned about once", async () => {
  await using channel = await DemoChannel.start({});
  const folder = Deno.makeTempDirSync({ prefix: "rosey-service-" });
  await using rosey = Rosey.start(channel.url, {
    llm: { enabled: false },
    // An older Deno knows no abstract names; here nobody listens at this one either.
    env: { NOTIFY_SOCKET: "@rosey-nobody", RUNTIME_DIRECTORY: folder, WATCHDOG_USEC: "20000" },
  });
  await rosey.line(/WARN +The service manager was not told: \S+/);
  await rosey.line("Joined demo");
  assertEquals((await rosey.stop()).code, 0);
  const warnings = rosey.log.filter((line) => line.includes("The service manager was not told"));
  assertEquals(warnings.length, 1);
  Deno.removeSync(folder, { recursive: true });
}, { needs: "linux" });

test(
  "the service is ready without its channel and its model, and alive while both are away",
  async () => {
    await using manager = new ServiceManager();
    const channel = await DemoChannel.start({});
    const { url } = channel;
    await channel.close();
    await using rosey = Rosey.start(url, {
      llm: { ollama_host: url },
      env: manager.env(400),
    });
    await manager.message(/READY=1/);
    await manager.message(
      /^STATUS=not in demo: .*; rosey-demo on http.*: down \(connection refused/,
    );
    await manager.message(/^WATCHDOG=1$/, manager.messages.length);
    assertEquals((await rosey.stop()).code, 0);
  },
  { needs: "linux" },
);

test(
  "SIGHUP applies persona, triggers, model and level without leaving the channel",
  async () => {
    await using manager = new ServiceManager();
    const persona = (messages: readonly { content: string }[]) => messages[0]!.content.slice(0, 9);
    await using one = FakeOllama.start({
      reply: (said) => `One ${persona(said)}`,
      tokenDelayMs: 0,
    });
    await using two = FakeOllama.start({
      reply: (said) => `Two ${persona(said)}`,
      tokenDelayMs: 0,
    });
    await using channel = await DemoChannel.start({});
    await using rosey = Rosey.start(channel.url, {
      llm: { ollama_host: one.url, system_prompt: "You are A." },
      env: manager.env(),
    });
    await rosey.ready();
    const said = async (line: string) => {
      const answer = channel.nextLine(byRosey, 15_000);
      channel.say("alice", line);
      return (await answer).msg;
    };
    assertEquals(await said("rosey?"), "One You are A");

    const from = rosey.log.length;
    rosey.reload(channel.url, {
      llm: { ollama_host: two.url, system_prompt: "You are B.", llm_triggers: ["robot"] },
      config: { log_level: "DEBUG", user: "Another" },
    });
    await rosey.line(
      /INFO +Reloaded .*config\.json: log_level, llm\.ollama_host, llm\.system_prompt, llm\.llm_triggers$/,
      { from },
    );
    await rosey.line("user: takes effect with the next start", { from });
    await rosey.line(`LLM enabled: provider=ollama, model=rosey-demo, host=${two.url}`, { from });
    await rosey.line("is loaded after", { from });
    assertEquals(await said("robot?"), "Two You are B");
    channel.say("alice", "rosey?");
    assertEquals(await said("robot, again?"), "Two You are B");
    assertEquals(await manager.message(/RELOADING/), "RELOADING=1");
    await manager.message(
      /^READY=1\nSTATUS=in demo as Rosey/,
      manager.messages.indexOf("RELOADING=1"),
    );
    assert(!rosey.log.slice(from).some((line) => line.includes("Joined")));
    assertEquals((await rosey.stop()).code, 0);
  },
  { needs: "linux" },
);

test("SIGHUP with a bad file keeps the old settings, and says every problem", async () => {
  await using ollama = FakeOllama.start({ reply: () => "As before.", tokenDelayMs: 0 });
  await using channel = await DemoChannel.start({});
  await using rosey = Rosey.start(channel.url, { llm: { ollama_host: ollama.url } });
  await rosey.ready();
  const from = rosey.log.length;
  rosey.reload(channel.url, { llm: { llm_cooldown: -1, response_timeout: "soon" } });
  await rosey.line(/ERROR Cannot reload .*, the old settings stay: llm\.llm_cooldown/, { from });
  await rosey.line(/ERROR Cannot reload .*, the old settings stay: llm\.response_timeout/, {
    from,
  });
  const answer = channel.nextLine(byRosey, 15_000);
  channel.say("alice", "rosey?");
  assertEquals((await answer).msg, "As before.");

  rosey.reload(channel.url, { llm: { ollama_host: ollama.url } });
  await rosey.line(/Reloaded .*: nothing to change/, { from });
  assertEquals((await rosey.stop()).code, 0);
}, { needs: "linux" });

test(
  "SIGHUP with settings that cannot be used is logged, and the next one is taken over",
  async () => {
    await using manager = new ServiceManager();
    await using channel = await DemoChannel.start({});
    const path = Deno.makeTempFileSync({ suffix: ".json" });
    const write = (options: string) =>
      Deno.writeTextFileSync(
        path,
        `{"domain":"${channel.url}","channel":"demo","user":"Rosey","llm":{"options":${options}}}`,
      );
    write('{"num_ctx": 1}');
    await using rosey = Rosey.start(channel.url, {
      args: ["--config", path],
      env: manager.env(),
    });
    await rosey.line("Joined demo");
    write('"none"');
    Deno.kill(rosey.pid, "SIGHUP");
    await rosey.line(/ERROR Cannot reload .*, the old settings stay: llm\.options: expected/);
    await manager.message(/READY=1/, manager.messages.indexOf("RELOADING=1"));
    write('{"num_ctx": 2}');
    Deno.kill(rosey.pid, "SIGHUP");
    await rosey.line(/INFO +Reloaded .*: llm\.options$/);
    assertEquals((await rosey.stop()).code, 0);
    Deno.removeSync(path);
  },
  { needs: "linux" },
);

test("an answer in progress is finished by the model that began it", async () => {
  await using one = FakeOllama.start({ reply: () => "Said by the first.", tokenDelayMs: 300 });
  await using two = FakeOllama.start({ reply: () => "Said by the second.", tokenDelayMs: 0 });
  await using channel = await DemoChannel.start({});
  await using rosey = Rosey.start(channel.url, { llm: { ollama_host: one.url } });
  await rosey.ready();
  const first = channel.nextLine(byRosey, 15_000);
  channel.say("alice", "rosey?");
  await rosey.line("LLM trigger");
  rosey.reload(channel.url, { llm: { ollama_host: two.url } });
  await rosey.line("Reloaded");
  assertEquals((await first).msg, "Said by the first.");
  assertEquals(one.cancelled, 0);
  const second = channel.nextLine(byRosey, 15_000);
  channel.say("bob", "rosey?");
  assertEquals((await second).msg, "Said by the second.");
  assertEquals((await rosey.stop()).code, 0);
}, { needs: "linux" });
