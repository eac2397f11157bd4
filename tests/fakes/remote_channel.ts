/**
 * A channel as a program of its own, for a bot in another network. Prints `READY <url>`, then every
 * line of chat as JSON; takes `<name> <text>` from its standard input and says it.
 */
import { DemoChannel } from "../../src/demo/channel/server.ts";
import { TextLineStream } from "../e2e/text_lines.ts";

const FOREVER_MS = 2 ** 31 - 1;

const channel = await DemoChannel.start({});
channel.nextLine((line) => {
  console.log(JSON.stringify(line));
  return false;
}, FOREVER_MS).catch(() => {});
console.log("READY", channel.url);
for await (const line of Deno.stdin.readable.pipeThrough(new TextLineStream())) {
  const at = line.indexOf(" ");
  channel.say(line.slice(0, at), line.slice(at + 1));
}
await channel.close();
