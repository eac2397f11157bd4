/** What a flood of lines does to the memory of the binary, beside a minimal bot. */
import { delay } from "../src/clock.ts";
import { type Program, program } from "../tests/e2e/rosey.ts";
import { FakeOllama } from "../tests/fakes/ollama/server.ts";
import { BenchChannel, frameOf } from "./channel.ts";
import { best, type Figure, type Skipped } from "./figures.ts";
import { NO_BINARY, reference } from "./reference/programs.ts";

const LINES = 1_000_000;
/** The runtime's heap takes its size in steps, in the first five million lines of a flood, and keeps it. */
const PASSES = 8;
const BATCH = 1000;
const SETTLE_MS = 3000;

export async function* memory(): AsyncIterable<Figure | Skipped> {
  const rosey = program();
  if (rosey.args.length > 0) {
    yield NO_BINARY;
    return;
  }
  const minimal = await reference("minimal_bot");
  let asked = Promise.withResolvers<void>();
  const reply = () => {
    asked.resolve();
    return "Yes.";
  };
  await using ollama = FakeOllama.start({ reply, tokenDelayMs: 0 });
  await using room = await BenchChannel.open();
  const own = await resident(rosey);
  const others = await resident(minimal);
  for (const pass of [1, PASSES]) {
    yield best(`resident, after ${pass} M lines at full speed`, [own.after[pass - 1]!], {
      unit: "MB",
      references: { [minimal.name]: [others.after[pass - 1]!] },
    });
  }
  const added = ({ after }: typeof own) => [after[PASSES - 1]! - after[PASSES - 2]!];
  yield best("resident, what the last 1 M of these add", added(own), {
    unit: "MB",
    references: { [minimal.name]: added(others) },
    target: { most: 2 },
  });
  yield best("lines taken at full speed", own.perSecond, {
    unit: "lines/s",
    references: { [minimal.name]: others.perSecond },
  });

  async function resident(program: Program) {
    const { bot, tcp } = await room.join(program, ollama.url);
    await using _bot = bot;
    const perSecond: number[] = [];
    const after: number[] = [];
    for (let pass = 0; pass < PASSES; pass++) {
      const begun = performance.now();
      for (let lines = 0; lines < LINES; lines += BATCH) await room.write(tcp, BATCH, lines);
      asked = Promise.withResolvers();
      tcp.write(frameOf("alice", "rosey, are you there?"));
      await asked.promise;
      perSecond.push(LINES / (performance.now() - begun) * 1000);
      await delay(SETTLE_MS);
      after.push(bot.residentBytes() / 1e6);
    }
    return { after, perSecond };
  }
}
