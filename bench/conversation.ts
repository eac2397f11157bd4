/**
 * Plays an evening of a channel with a real model and shows what the channel sees of the bot: faults in
 * the form of its answers, how much of the prompt the server read anew, and the time to answer. Six
 * people of a script ask and talk; the program under test is a child process. With `--against` two
 * programs play the same evening in one run.
 *
 * Usage: deno task bench:conversation [--base-url http://127.0.0.1:11500/v1 | --ollama URL]
 *   [--model NAME] [--binary PATH] [--against FOLDER OR BINARY] [--json FILE] [--scenes 5]
 */
import { parseArgs } from "@std/cli";
import { type Program, program } from "../tests/e2e/rosey.ts";
import { refuse } from "../tools/refuse.ts";
import { evening } from "./conversation/evening.ts";
import { findModel, Player } from "./conversation/player.ts";
import {
  COLD_QUESTIONS,
  figuresOf,
  judge,
  type Judged,
  table,
  transcript,
} from "./conversation/report.ts";

const BASE_URL = "http://127.0.0.1:11500/v1";

const flags = parseArgs(Deno.args, {
  string: ["base-url", "ollama", "model", "binary", "against", "json", "scenes"],
  unknown: refuse,
});
const provider = flags.ollama ? "ollama" : "openai";
const url = flags.ollama ?? flags["base-url"] ?? BASE_URL;
const model = await findModel({ provider, url, name: flags.model });
const programs: Record<string, Program> = {
  this: flags.binary ? programAt(flags.binary) : program(),
  ...(flags.against && { against: programAt(flags.against) }),
};
// On a slow machine a part of the evening has to do.
const scenes = evening().slice(0, Number(flags.scenes ?? Infinity));
const evenings = await play();

console.log(`${model.name} at ${model.url}`);
for (const [name, { command, args, folder = "" }] of Object.entries(programs)) {
  console.log(`${name}: ${[command, ...args].join(" ")}${folder && ` in ${folder}`}`);
}
console.log(`
Scenes played: ${scenes.length}${
  evenings.length > 1 ? ", by turns, each program in its own channel; who is first changes" : ""
}.
Figures of the prompt leave out the first ${COLD_QUESTIONS} questions of each scene: the server's cache is cold.
Answers are sampled: small differences mean nothing.
`);
for (const line of [...table(evenings), ...evenings.flatMap(transcript)]) console.log(line);
if (flags.json) {
  const results = evenings.map(({ turns: _, ...evening }, at) => ({
    ...evening,
    figures: figuresOf(evenings[at]!.turns),
  }));
  Deno.writeTextFileSync(flags.json, JSON.stringify({ model, evenings: results }, null, 2) + "\n");
}

// Not after the two minutes that the socket server keeps a timer for each connection it has cut.
Deno.exit(0);

async function play(): Promise<Judged[]> {
  await using stack = new AsyncDisposableStack();
  const players: Player[] = [];
  for (const program of Object.values(programs)) {
    players.push(stack.use(await Player.start(program, model)));
  }
  for (const [number, scene] of scenes.entries()) {
    console.error(`scene ${number + 1} of ${scenes.length}`);
    const order = number % 2 === 0 ? players : players.toReversed();
    for (const player of order) await player.play(scene);
  }
  const names = Object.keys(programs);
  return players.map(({ entries, unasked }, at) => judge({ name: names[at]!, entries, unasked }));
}

/** A checkout, or a binary. */
function programAt(path: string): Program {
  const real = Deno.realPathSync(path);
  if (!Deno.statSync(real).isDirectory) return { command: real, args: [] };
  const { tasks } = JSON.parse(Deno.readTextFileSync(`${real}/deno.json`));
  const [, ...args] = (tasks.start.command ?? tasks.start).split(" ");
  return { command: Deno.execPath(), args, folder: real };
}
