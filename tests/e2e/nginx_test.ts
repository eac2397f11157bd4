import { assertEquals } from "@std/assert";
import { DemoChannel } from "../../src/demo/channel/server.ts";
import { makeCerts } from "../fakes/certs.ts";
import { documented, Nginx } from "../fakes/nginx.ts";
import { FaultyOllama } from "../fakes/ollama/faulty.ts";
import { test } from "../testing.ts";
import { Rosey } from "./rosey.ts";

const byRosey = ({ username }: { username: string }) => username === "Rosey";

test(
  "a server behind nginx goes and comes back: the log names the 502, and the bot answers again",
  async () => {
    await using ollama = FaultyOllama.start({ reply: () => "Sealed.", tokenDelayMs: 0 });
    await using certs = await makeCerts();
    await using nginx = await Nginx.start({
      server: documented("Behind a TLS proxy"),
      certs,
      set: { proxy_pass: ollama.url },
    });
    await using channel = await DemoChannel.start({});
    await using rosey = Rosey.start(channel.url, {
      llm: { ollama_host: nginx.url, ca_file: certs.caPath },
    });
    const answered = async (name: string) => {
      const answer = channel.nextLine(byRosey, 10_000);
      channel.say(name, "rosey?");
      assertEquals((await answer).msg, "Sealed.");
    };
    await rosey.line("Joined demo");
    await rosey.line(`LLM enabled: provider=ollama, model=rosey-demo, host=${nginx.url}`);
    await answered("alice");

    await ollama.stop();
    const gone = rosey.log.length;
    channel.say("bob", "rosey?");
    const found = "HTTP 502 with HTML: a proxy answered; is the server up behind it?";
    await rosey.line(`LLM error: ${found}`, { from: gone });
    await rosey.line(`Ollama server unavailable at ${nginx.url}: ${found}`, { from: gone });

    ollama.restart();
    await rosey.line("LLM enabled", { from: gone, timeoutMs: 60_000 });
    await answered("carol");
    assertEquals((await rosey.stop()).code, 0);
  },
  { needs: ["nginx", "openssl"] },
);
