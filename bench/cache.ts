/** How many tokens of the prompts a real model's server takes from its cache, in two scenes of an evening. */
import { program } from "../tests/e2e/rosey.ts";
import { evening } from "./conversation/evening.ts";
import { findModel, Player } from "./conversation/player.ts";
import { figuresOf, judge } from "./conversation/report.ts";
import { best, type Figure, type Part, type Skipped } from "./figures.ts";

const SCENES = 2;

export const cache: Part = async function* ({ model }): AsyncIterable<Figure | Skipped> {
  if (!model) {
    yield { skipped: "no real model: name an OpenAI-compatible server with --model URL" };
    return;
  }
  await using player = await Player.start(program(), await findModel({ url: model }));
  for (const scene of evening().slice(0, SCENES)) await player.play(scene);
  const { turns } = judge({ name: "this", entries: player.entries, unasked: player.unasked });
  const { cachedShare } = figuresOf(turns);
  if (cachedShare === undefined) yield { skipped: "the server does not tell what it had cached" };
  else yield best("prompt tokens from the server's cache", [cachedShare], { unit: "%" });
};
