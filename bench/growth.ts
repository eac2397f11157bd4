/** What a decision and an answer cost in larger rooms, as a ratio to small ones. */
import { mulberry32, pick } from "../tests/sanitize/attacks/random.ts";
import { chatLines } from "./chat_lines.ts";
import { linesPerSecond } from "./decisions.ts";
import { best, byTurns, type Figure } from "./figures.ts";
import { LIVE, Scene, type SceneOptions } from "./scene.ts";

const SIZES = [10, 100, 1000];
const ROUNDS = 7;
const LINES = 20_000;
const QUESTIONS = 100;
/** The room's lines are shown up to this factor of the setting. */
const SHOWN = 3;
/** Of the default setting. */
const DEFAULT_LINES = 15;

/** Grows not at all. */
const FLAT = 1.5;
/** Grows up to what the model's window holds. */
const WINDOW = 3;

interface Growth {
  readonly what: string;
  readonly of: (size: number) => SceneOptions;
  readonly cost: (scene: Scene, size: number) => Promise<number>;
  /** At most so many times what it is for the smallest. */
  readonly times: number;
}

const GROWTHS: readonly Growth[] = [
  { what: "decision, # people", of: (people) => ({ people }), cost: decision, times: FLAT },
  {
    what: "decision, # triggers",
    of: (count) => ({ llm: { llm_triggers: words(count) } }),
    cost: decision,
    times: FLAT,
  },
  {
    what: "answer, # people",
    of: (people) => ({ people }),
    cost: (scene) => answer(scene),
    times: WINDOW,
  },
  {
    what: "answer, # lines of the room",
    of: (count) => ({ llm: { room_context_lines: count } }),
    cost: answer,
    times: WINDOW,
  },
  {
    what: "answer, # messages of history",
    of: (count) => ({ llm: { max_history_messages: count, room_context_lines: 0 } }),
    cost: (scene) => answer(scene),
    times: WINDOW,
  },
];

export async function* growth(): AsyncIterable<Figure> {
  for (const { what, of, cost, times } of GROWTHS) {
    await using stack = new AsyncDisposableStack();
    const scenes = [];
    for (const size of SIZES) {
      const { llm, ...options } = of(size);
      const scene = stack.use(await Scene.open({ llm: { llm_cooldown: 0, ...llm }, ...options }));
      scenes.push([`${size}`, () => cost(scene, size)] as const);
    }
    const rounds = await byTurns(ROUNDS, Object.fromEntries(scenes));
    const [smallest, ...larger] = SIZES;
    for (const size of larger) {
      yield best(what.replace("#", size.toLocaleString("en")), rounds[size]!, {
        unit: "µs",
        references: { [what.replace("#", `${smallest}`)]: rounds[smallest!]! },
        target: { times },
      });
    }
  }
}

/** Of one line that calls nobody, in µs. */
async function decision({ chat }: Scene): Promise<number> {
  const lines = JSON.stringify(chatLines(LINES, 7).filter(({ text }) => !/rosey/i.test(text)));
  return 1e6 / await linesPerSecond([lines], (line) => void chat.handleLine(line, LIVE));
}

/** From a call to the lines of its answer, in µs, when the room has as much as is shown. */
async function answer(scene: Scene, size = DEFAULT_LINES): Promise<number> {
  const { chat } = scene;
  for (const line of chatLines(SHOWN * size, 7)) {
    if (!/rosey/i.test(line.text)) chat.handleLine(line, LIVE);
  }
  const ask = async (question: number) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    scene.onFinished = resolve;
    const text = `Rosey, what is question ${question} about?`;
    chat.handleLine({ user: "User_1", text, time: 0, shadow: false, action: false }, LIVE);
    await promise;
  };
  const begun = performance.now();
  for (let question = 0; question < QUESTIONS; question++) await ask(question);
  return (performance.now() - begun) * 1000 / QUESTIONS;
}

/** Without a beginning in common, which an expression would look for once. */
function words(count: number): string[] {
  const random = mulberry32(5);
  const letter = () => pick([..."abcdefghijklmnopqrstuvwxyz"], random);
  return Array.from({ length: count }, () => Array.from({ length: 7 }, letter).join(""));
}
