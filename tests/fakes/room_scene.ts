import { assertEquals } from "@std/assert";
import { Conversation } from "../../src/chat/conversation.ts";
import { Room } from "../../src/chat/room.ts";
import { Commands } from "../../src/commands/commands.ts";
import { loadConfig } from "../../src/config/load.ts";
import type { Settings } from "../../src/config/settings.ts";
import { RuntimeSettings } from "../../src/runtime_settings.ts";
import { ModelPool } from "../../src/llm/model_pool.ts";
import type { Message, Reply } from "../../src/llm/provider.ts";
import type { BotReport } from "../../src/report.ts";
import { FakeClock } from "./clock.ts";
import { REPLY, ScriptedProvider } from "./scripted_provider.ts";

/** What a scene is made of. */
export interface SceneOptions {
  /** The `llm` section. */
  readonly llm?: Record<string, unknown>;
  /** The `commands` section. */
  readonly commands?: Record<string, unknown>;
  /** A number in [0, 1). */
  readonly random?: () => number;
  /** ModelPool that the server has. */
  readonly models?: readonly string[];
}

/** Settings as an operator would write them. */
export function settingsOf(config: Record<string, unknown>): Settings {
  const readFile = () => JSON.stringify({ channel: "demo", user: "Rosey", ...config });
  return loadConfig("config.json", { readFile, env: () => undefined }).settings;
}

/** A conversation in a room, with a model that the test answers for, on a clock that stands still. */
export class RoomScene {
  readonly provider = new ScriptedProvider();
  readonly clock = new FakeClock();
  readonly room = new Room(this.clock);
  readonly models: ModelPool;
  readonly conversation: Conversation;
  readonly commands: Commands;
  readonly runtimeSettings: RuntimeSettings;
  /** Lines said: `text` in the room, `name< text` in private. */
  readonly said: string[] = [];
  /** Why what waited was to be given up. */
  readonly withdrawn: string[] = [];
  muted = false;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #time = 0;

  private constructor({ llm = {}, commands, random, models }: SceneOptions) {
    this.provider.automatic = { probe: { models }, load: undefined, status: { loaded: true } };
    const settings = settingsOf({ commands, llm: { enabled: true, llm_cooldown: 0, ...llm } });
    this.models = new ModelPool({
      setup: ({ enabled }) => enabled ? [this.provider] : [],
      clock: this.clock,
    });
    this.models.use(settings.llm);
    this.room.ownName = "Rosey";
    const shared = {
      room: this.room,
      isMuted: () => this.muted,
      say: (lines: readonly string[], { to }: { to?: string } = {}) => {
        for (const line of lines) this.said.push(to === undefined ? line : `${to}< ${line}`);
        return true;
      },
      clock: this.clock,
    };
    this.conversation = new Conversation({
      ...shared,
      models: this.models,
      channel: "demo",
      talk: settings.llm,
      random,
      withdraw: (why) => this.withdrawn.push(why),
    });
    this.runtimeSettings = new RuntimeSettings(settings.llm, (llm) => {
      this.models.use(llm);
      this.conversation.adopt(llm);
    });
    this.commands = new Commands({
      ...shared,
      settings: settings.commands,
      conversation: this.conversation,
      runtimeSettings: this.runtimeSettings,
      offered: () => this.models.offered,
      report: () => this.#report(),
    });
    this.#running = this.conversation.run(this.#stop.signal);
  }

  /** A scene whose model is up. */
  static async open(options: SceneOptions = {}): Promise<RoomScene> {
    const scene = new RoomScene(options);
    while (!["up", "off"].includes(scene.models.state)) await scene.provider.flush();
    return scene;
  }

  /** Somebody comes in. */
  join(name: string, rank = 1): void {
    const user = { name, rank, afk: false, muted: false };
    this.room.update({ type: "addUser", user });
    this.conversation.joined(name);
  }

  /** Somebody goes. */
  leave(name: string): void {
    this.room.update({ type: "userLeave", name });
    this.conversation.left(name);
  }

  /** Somebody says a line in the room; returns what became of it. */
  say(user: string, text: string): string {
    return this.#hear(user, text, false);
  }

  /** Somebody says a line to the bot alone. */
  tell(user: string, text: string): string {
    return this.#hear(user, text, true);
  }

  /** The bot's own line comes back. */
  echo(text: string): void {
    this.say("Rosey", text);
  }

  /** Answers the question that the model is asked; returns what it was sent. */
  async answer(reply: Reply | Error = REPLY): Promise<readonly Message[]> {
    await this.provider.settle("chat", reply);
    return this.provider.messages;
  }

  /** Takes what was said since the last time. */
  take(): string[] {
    return this.said.splice(0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await this.models.close();
    assertEquals(this.clock.pending, 0);
  }

  #hear(user: string, text: string, isPrivate: boolean): string {
    const line = { user, text, time: this.#time++, shadow: false, action: false };
    if (!this.room.isSelf(user) && this.commands.hear(line, isPrivate)) {
      this.conversation.heardCommand(user);
      return "command";
    }
    const decision = this.conversation.hear(line, { live: true, private: isPrivate });
    return decision.action === "reply" ? "reply" : decision.reason;
  }

  #report(): BotReport {
    const { conversation, models } = this;
    const dropped = {} as BotReport["outbox"]["dropped"];
    return {
      connection: {
        state: "joined",
        stateForMs: this.clock.now(),
        reason: "",
        joins: 1,
        losses: 0,
      },
      domain: "https://cytu.be",
      channel: "demo",
      user: "Rosey",
      rank: 1,
      people: this.room.size,
      outbox: { waiting: 0, said: 0, late: 0, delayed: 0, muted: false, dropped },
      questionsWaiting: conversation.waiting,
      decisions: conversation.decisions.report,
      models: models.reports,
    };
  }
}
