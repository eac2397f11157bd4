/**
 * The client that asks the model, beside bare `fetch` and Ollama's own client: the same question to the
 * same server, answered in 20 chunks of a token each.
 */
import { askAll, CONTENDERS, TOKENS } from "./client/contenders.ts";
import { best, byTurns, type Figure } from "./figures.ts";

const ROUNDS = 11;
/** Exchanges of one round, by how many are under way at once. */
const COUNTS = { 1: 200, 16: 600, 256: 1000 };

export async function* client(): AsyncIterable<Figure> {
  await using server = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--allow-net", pathOf("server.ts")],
    stdout: "piped",
  }).spawn();
  const { value } = await server.stdout.pipeThrough(new TextDecoderStream()).getReader().read();
  const url = value!.trim();
  const asks = Object.entries(CONTENDERS).map(([name, of]) => [name, of(url)] as const);
  // Who reads another answer than the others cannot be compared with them.
  const answers = await Promise.all(asks.map(([, ask]) => ask()));
  if (new Set(answers).size !== 1) throw new Error(`they differ: ${JSON.stringify(answers)}`);
  for (const [atOnce, count] of Object.entries(COUNTS)) {
    const contenders = asks.map(([name, ask]) => {
      const round = async () => {
        const begun = performance.now();
        await askAll(ask, count, Number(atOnce));
        return (performance.now() - begun) * 1000 / count / TOKENS;
      };
      return [name, round] as const;
    });
    const { Rosey, ...references } = await byTurns(ROUNDS, Object.fromEntries(contenders));
    const options = { unit: "µs", references, target: { times: 1.25 } };
    yield best(`a streamed token, ${atOnce} replies at once`, Rosey!, options);
  }
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--no-prompt", "--allow-net", "--allow-env", "--v8-flags=--expose-gc"],
      ...[pathOf("memory.ts"), url],
    ],
    stderr: "inherit",
  }).output();
  const { exchanges, before, after } = JSON.parse(new TextDecoder().decode(stdout));
  yield best(`heap that ${exchanges} replies leave`, [(after - before) / 1e6], {
    unit: "MB",
    target: { most: 1 },
  });
}

function pathOf(file: string): string {
  return new URL(`client/${file}`, import.meta.url).pathname;
}
