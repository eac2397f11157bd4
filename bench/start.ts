/** Size and start of the binary, beside programs that were compiled in the same way. */
import { delay } from "../src/clock.ts";
import { type Program, program } from "../tests/e2e/rosey.ts";
import { FakeOllama } from "../tests/fakes/ollama/server.ts";
import { BenchChannel } from "./channel.ts";
import { best, byTurns, type Figure, type Skipped } from "./figures.ts";
import { NO_BINARY, reference } from "./reference/programs.ts";

const VERSIONS = 25;
const JOINS = 9;
const SETTLE_MS = 3000;

export async function* start(): AsyncIterable<Figure | Skipped> {
  const rosey = program();
  if (rosey.args.length > 0) {
    yield NO_BINARY;
    return;
  }
  const empty = await reference("empty");
  const minimal = await reference("minimal_bot");
  const megabytes = ({ command }: Program) => [Deno.statSync(command).size / 1e6];
  yield best("size of the binary", megabytes(rosey), {
    unit: "MB",
    references: { [empty.name]: megabytes(empty) },
    target: { most: 90 },
    limit: { most: 90 },
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
    limit: { times: 1.6 },
  });

  await using ollama = FakeOllama.start({ tokenDelayMs: 0 });
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

  await using bot = room.start(rosey, ollama.url);
  await using other = room.start(minimal, ollama.url);
  await using nothing = room.start(empty, ollama.url);
  await Promise.all([bot, other].map((each) => each.line("Joined demo")));
  await delay(SETTLE_MS);
  const idle = (each: typeof bot) => [each.residentBytes() / 1e6];
  yield best("resident, idle", idle(bot), {
    unit: "MB",
    references: { [minimal.name]: idle(other), [empty.name]: idle(nothing) },
    target: { most: 70 },
    limit: { most: 80 },
  });
}

async function milliseconds(run: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await run();
  return performance.now() - begun;
}
