/**
 * Makes the pictures of the documents: the page of the demo, and the status page of the bot in it.
 * Needs chromium.
 *
 * Usage: deno task pictures
 */
import { DemoChannel } from "../src/demo/channel/server.ts";
import { SCRIPTED_MODEL, serveScriptedModel } from "../src/demo/model_server.ts";
import { channelPage } from "../src/demo/page/page.ts";
import { Rosey } from "../tests/e2e/rosey.ts";
import { Browser } from "../tests/fakes/browser.ts";
import { holdPort } from "../tests/fakes/ollama/faulty.ts";

const FOLDER = new URL("../docs/images/", import.meta.url);
/** An evening in the room; the bot answers the lines that call it. */
const LINES = [
  ["alice", "rosey, what is on?"],
  ["bob", "oh, that one. the shadow on the stairs!"],
  ["bob", "@Rosey are you there?"],
  ["carol", "rosey's popcorn smells great"],
  ["carol", "rosey, tell us a joke"],
  ["visitor", "thanks rosey"],
] as const;

await using stack = new AsyncDisposableStack();
const model = stack.use(serveScriptedModel());
const page = channelPage({
  title: "Rosey's demo channel",
  subtitle: "answers by a scripted stand-in, not a language model",
});
const channel = stack.use(await DemoChannel.start({ name: "demo", page }));
channel.setMedia({ id: "demo", title: "Nosferatu (1922)", seconds: 5640, type: "fi" });
const port = holdPort();
const rosey = stack.use(Rosey.start(channel.url, {
  config: { status: { port } },
  llm: {
    llm_cooldown: 60,
    model: SCRIPTED_MODEL,
    ollama_host: `http://127.0.0.1:${model.addr.port}`,
  },
}));
await rosey.ready();
const browser = stack.use(await Browser.start());

await browser.look("light", 900, 860);
await browser.open(channel.url);
await browser.until("document.getElementById('state').textContent === 'connected'");
await browser.value("document.getElementById('name').value = 'visitor'");
await browser.value("document.getElementById('naming').requestSubmit()");
await browser.until("!document.getElementById('saying').hidden");
for (const name of ["alice", "bob", "carol"]) channel.addPuppet(name);
for (const [name, text] of LINES) {
  const answer = channel.nextLine(({ username }) => username === "Rosey", 10_000);
  if (name === "visitor") {
    await browser.value(`document.getElementById('text').value = ${JSON.stringify(text)}`);
    await browser.value("document.getElementById('saying').requestSubmit()");
  } else {
    channel.say(name, text);
  }
  if (/rosey\b(?!')/i.test(text)) await answer;
  else answer.catch(() => {});
}
await browser.until("document.querySelectorAll('#log li').length >= 10");
await take("demo");
// Too soon after her first question.
channel.say("alice", "rosey, who made it?");

await browser.look("light", 1100, 920);
await browser.open(`http://127.0.0.1:${port}/`);
await browser.until("document.querySelectorAll('#decisions tr').length > 4");
await take("status");

async function take(name: string): Promise<void> {
  const png = await browser.screenshot();
  Deno.writeFileSync(new URL(`${name}.png`, FOLDER), png);
  console.log(`docs/images/${name}.png: ${Math.round(png.length / 1000)} kB`);
}
