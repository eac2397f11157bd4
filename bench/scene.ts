/** The chat handler in a busy room, with a model that answers at once. */
import { ChatHandler } from "../src/chat/chat_handler.ts";
import { Room } from "../src/chat/room.ts";
import { type Clock, systemClock } from "../src/clock.ts";
import { ModelPool } from "../src/llm/model_pool.ts";
import { setupLogging } from "../src/log.ts";
import { settingsOf } from "../tests/fakes/room_scene.ts";
import { ScriptedProvider } from "../tests/fakes/scripted_provider.ts";
import { chatLines } from "./chat_lines.ts";

export const LIVE = { live: true, private: false };
/** No two in a row alike: an answer that repeats the last ones is not said. */
const REPLIES = chatLines(1000, 9).map(({ text }) => text);

export interface SceneOptions {
  /** The `llm` section. */
  readonly llm?: Record<string, unknown>;
  readonly people?: number;
  readonly clock?: Clock;
}

export class Scene implements AsyncDisposable {
  readonly chat: ChatHandler;
  /** Called when a question is answered, or for good not. */
  onFinished = () => {};
  readonly #models: ModelPool;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;

  private constructor(models: ModelPool, { llm, people = 0, clock = systemClock }: SceneOptions) {
    const settings = settingsOf({ llm: { enabled: true, ...llm } });
    const room = new Room();
    room.ownName = "Rosey";
    const users = Array.from({ length: people }, (_, at) => ({ name: `User_${at}`, rank: 1 }));
    const state = { afk: false, muted: false };
    room.update({ type: "userlist", users: users.map((user) => ({ ...user, ...state })) });
    this.#models = models;
    this.chat = new ChatHandler({
      models,
      room,
      say: (lines, { onSettled } = {}) => {
        onSettled?.(lines);
        return { begun: true, takeBack: () => {} };
      },
      isMuted: () => false,
      isBusy: () => false,
      withdraw: () => {},
      channel: "demo",
      // These users type as fast as bots.
      talk: { ...settings.llm, loopTurns: 0, maxRepliesPerMinute: 0 },
      clock,
      onDecided: ({ outcome }) => outcome !== "waiting" && this.onFinished(),
    });
    this.#running = this.chat.run(this.#stop.signal);
  }

  static async open(options: SceneOptions = {}): Promise<Scene> {
    await setupLogging({ level: "INFO", format: "journal", write: () => {} });
    const provider = new ScriptedProvider();
    let replies = 0;
    provider.automatic = {
      probe: {},
      load: undefined,
      status: { loaded: true },
      get chat() {
        return { text: REPLIES[replies++ % REPLIES.length], complete: true };
      },
    };
    const models = new ModelPool({ setup: () => [provider] });
    models.use(settingsOf({ llm: { enabled: true } }).llm);
    await models.ready(new AbortController().signal);
    return new Scene(models, options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await this.#models.close();
  }
}
