import { assert, assertEquals } from "@std/assert";
import { proxyFor } from "../src/proxy.ts";
import { FakeOllama } from "./fakes/ollama/server.ts";
import { ForwardProxy } from "./fakes/forward_proxy.ts";
import { test } from "./testing.ts";

function via(url: string, env: Record<string, string>): string | undefined {
  const proxy = proxyFor(new URL(url), (name) => env[name]);
  return proxy && `${proxy.variable} ${proxy.url}`;
}

test("proxyFor returns the proxy of the scheme, without credentials", () => {
  const env = { HTTP_PROXY: "http://u:p@one:3128", https_proxy: "two:8080" };
  assertEquals(via("http://gpu:11434", env), "HTTP_PROXY http://one:3128");
  assertEquals(via("https://gpu", env), "https_proxy http://two:8080");
  assertEquals(via("https://gpu", { HTTP_PROXY: "http://one:3128" }), undefined);
  assertEquals(via("http://gpu", { HTTP_PROXY: "http://" }), undefined);
});

test("NO_PROXY has hosts, domains, addresses, networks, or all", () => {
  for (
    const [list, url, direct] of [
      ["gpu", "http://gpu:11434", true],
      ["lan", "http://gpu.lan", true],
      [".lan", "http://GPU.lan", true],
      [".lan", "http://lan", true],
      ["lan", "http://wlan", false],
      ["a, 192.168.1.7", "http://192.168.1.7:11434", true],
      ["192.168.0.0/16", "http://192.168.1.7:11434", true],
      ["192.168.2.0/24", "http://192.168.1.7:11434", false],
      ["192.168.0.0/16", "http://gpu", false],
      ["::1", "http://[::1]:11434", true],
      ["*", "http://gpu", true],
      ["", "http://gpu", false],
      [",", "http://gpu", false],
    ] as const
  ) {
    const found = via(url, { HTTP_PROXY: "http://one:3128", NO_PROXY: list });
    assertEquals(found === undefined, direct, `${list} ${url}`);
  }
});

test("proxyFor returns the proxy that fetch uses", async () => {
  await using ollama = FakeOllama.start({});
  await using one = new ForwardProxy();
  await using two = new ForwardProxy();
  const url = ollama.url.replace("127.0.0.1", "localhost");
  const program = `await (await fetch("${url}")).text()`;
  for (
    const env of [
      { HTTP_PROXY: one.url, http_proxy: two.url },
      { ALL_PROXY: one.url, HTTP_PROXY: two.url },
      { http_proxy: two.url },
      { HTTP_PROXY: one.url, NO_PROXY: "127.0.0.1" },
      { HTTP_PROXY: one.url, NO_PROXY: "localhost" },
      { HTTP_PROXY: one.url, no_proxy: ".localhost" },
      { HTTP_PROXY: one.url, NO_PROXY: "*" },
    ] as Record<string, string>[]
  ) {
    const before = [one, two].map(({ requests }) => requests.length);
    const { success } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", "--no-lock", program],
      env: { ...env, DENO_NO_UPDATE_CHECK: "1" },
      stderr: "null",
    }).output();
    assert(success, JSON.stringify(env));
    const used = [one, two].filter(({ requests }, at) => requests.length > before[at]!);
    assertEquals(
      used.map(({ url }) => url),
      [proxyFor(new URL(url), (name) => env[name])?.url].filter(Boolean),
      JSON.stringify(env),
    );
  }
});
