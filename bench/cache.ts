/**
 * How many tokens of the prompts a real model's server takes from its cache, in scenes of an evening,
 * beside what it could take: each prompt's beginning that is the same as the one before.
 */
import { program } from "../tests/e2e/rosey.ts";
import { evening } from "./conversation/evening.ts";
import { findModel, Player, type Turn } from "./conversation/player.ts";
import { COLD_QUESTIONS, figuresOf, judge } from "./conversation/report.ts";
import { best, type Figure, type Part, type Skipped } from "./figures.ts";

const SCENES = 3;

export const cache: Part = async function* ({ model }): AsyncIterable<Figure | Skipped> {
  if (!model) {
    yield { skipped: "no real model: name an OpenAI-compatible server with --model URL" };
    return;
  }
  await using player = await Player.start(program(), await findModel({ url: model }));
  for (const scene of evening().slice(0, SCENES)) await player.play(scene);
  const { turns } = judge({ name: "this", entries: player.entries, unasked: player.unasked });
  const { cachedShare } = figuresOf(turns);
  if (cachedShare === undefined) {
    yield { skipped: "the server does not tell what it had cached" };
    return;
  }
  yield best("prompt tokens from the server's cache", [cachedShare], {
    unit: "%",
    references: { "same as the one before": [repeatedShare(turns)] },
  });
};

/** In percent of the characters of the prompts that the server counted. */
function repeatedShare(turns: readonly Turn[]): number {
  let [before, all, repeated] = ["", 0, 0];
  for (const { position, exchanges } of turns) {
    for (const { messages, timings } of exchanges) {
      const prompt = messages.map(({ role, content }) => `${role}: ${content}\n`).join("");
      if (position >= COLD_QUESTIONS && timings.cachedTokens !== undefined) {
        all += prompt.length;
        repeated += sharedChars(before, prompt);
      }
      before = prompt;
    }
  }
  return 100 * repeated / all;
}

function sharedChars(one: string, other: string): number {
  let chars = 0;
  while (chars < one.length && one[chars] === other[chars]) chars++;
  return chars;
}
