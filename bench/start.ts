/** Size, start and memory of the binary, beside programs that were compiled in the same way. */
import { delay } from "../src/clock.ts";
import { type Program, program } from "../tests/e2e/rosey.ts";
import { FakeOllama } from "../tests/fakes/ollama/server.ts";
import { BenchChannel, frameOf } from "./channel.ts";
import { best, byTurns, type Figure, type Skipped } from "./figures.ts";
import { reference } from "./reference/programs.ts";

const VERSIONS = 25;
const JOINS = 9;
const SETTLE_MS = 3000;
const LINES = 1_000_000;
/** The runtime's heap takes its size in the first two million lines of a flood, and keeps it. */
const PASSES = 4;
const BATCH = 1000;

export async function* start(): AsyncIterable<Figure | Skipped> {
  const rosey = program();
  if (rosey.args.length > 0) {
    yield { skipped: "no binary: run `deno task compile`, or name one in ROSEY_BIN" };
    return;
  }
  const empty = await reference("empty");
  const minimal = await reference("minimal_bot");
  const megabytes = ({ command }: Program) => [Deno.statSync(command).size / 1e6];
  yield best("size of the binary", megabytes(rosey), {
    unit: "MB",
    references: { [empty.name]: megabytes(empty) },
    target: { most: 90 },
  });

  const time = ({ command, args }: Program, more: string[] = []) =>
    milliseconds(() => new Deno.Command(command, { args: [...args, ...more] }).output());
  const versions = await byTurns(VERSIONS, {
    rosey: () => time(rosey, ["--version"]),
    empty: () => time(empty),
  });
  yield best("rosey --version", versions.rosey, {
    unit: "ms",
    references: { [empty.name]: versions.empty },
    target: { most: 40 },
  });

  let asked = Promise.withResolvers<void>();
  const reply = () => {
    asked.resolve();
    return "Yes.";
  };
  await using ollama = FakeOllama.start({ reply, tokenDelayMs: 0 });
  await using room = await BenchChannel.open();
  const join = async (program: Program) => {
    await using stack = new AsyncDisposableStack();
    return await milliseconds(async () => {
      await stack.use(room.start(program, ollama.url)).line("Joined demo");
    });
  };
  const joins = await byTurns(JOINS, { rosey: () => join(rosey), minimal: () => join(minimal) });
  yield best("start to joined", joins.rosey, {
    unit: "ms",
    references: { [minimal.name]: joins.minimal },
    target: { most: 150 },
  });

  const own = await resident(rosey);
  const others = await resident(minimal);
  await using nothing = room.start(empty, ollama.url);
  await delay(SETTLE_MS);
  yield best("resident, idle", [own.idle], {
    unit: "MB",
    references: { [minimal.name]: [others.idle], [empty.name]: [nothing.residentBytes() / 1e6] },
    target: { most: 70 },
  });
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
    const settled = async () => {
      await delay(SETTLE_MS);
      return bot.residentBytes() / 1e6;
    };
    const idle = await settled();
    const hear = async () => {
      for (let lines = 0; lines < LINES; lines += BATCH) await room.write(tcp, BATCH, lines);
      asked = Promise.withResolvers();
      tcp.write(frameOf("alice", "rosey, are you there?"));
      await asked.promise;
    };
    const perSecond: number[] = [];
    const after: number[] = [];
    for (let pass = 0; pass < PASSES; pass++) {
      perSecond.push(LINES / await milliseconds(hear) * 1000);
      after.push(await settled());
    }
    return { idle, after, perSecond };
  }
}

async function milliseconds(run: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await run();
  return performance.now() - begun;
}
