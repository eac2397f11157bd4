import { assertEquals } from "@std/assert";
import { ChatHandler } from "../../src/chat/chat_handler.ts";
import { Room } from "../../src/chat/room.ts";
import type { SayOptions } from "../../src/outbox/say.ts";
import { CommandHandler } from "../../src/commands/command_handler.ts";
import { loadConfig } from "../../src/config/load.ts";
import type { Settings } from "../../src/config/settings.ts";
import { RuntimeSettings } from "../../src/runtime_settings.ts";
import { ModelPool } from "../../src/llm/model_pool.ts";
import type { Message, Reply } from "../../src/llm/provider.ts";
import type { BotReport } from "../../src/report.ts";
import { FakeClock } from "./clock.ts";
import { REPLY, ScriptedProvider } from "./scripted_provider.ts";

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

/** The settings of a configuration file. */
export function settingsOf(config: Record<string, unknown>): Settings {
  const readFile = () => JSON.stringify({ channel: "demo", user: "Rosey", ...config });
  return loadConfig("config.json", { readFile, env: () => undefined }).settings;
}

/** A chat handler and commands in a room, with a scripted model and a fake clock. */
export class RoomScene {
  readonly provider = new ScriptedProvider();
  readonly clock = new FakeClock();
  readonly room = new Room(this.clock);
  readonly models: ModelPool;
  readonly chat: ChatHandler;
  readonly commands: CommandHandler;
  readonly runtimeSettings: RuntimeSettings;
  /** Lines said: `text` in the room, `name< text` in private. */
  readonly said: string[] = [];
  /** Reasons of the calls of `withdraw`. */
  readonly withdrawn: string[] = [];
  muted = false;
  /** Which of a reply's lines are said. */
  settles = (lines: readonly string[]) => lines;
  /** Called with what ends a reply's way to the room; by default that is at once. */
  onSay = (settle: () => void) => settle();
  /** From this number of unanswered questions on the outbox is busy. */
  busyFrom = Infinity;
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
      isBusy: (questions: number) => questions >= this.busyFrom,
      say: (lines: readonly string[], { to, onSettled }: SayOptions = {}) => {
        for (const line of lines) this.said.push(to === undefined ? line : `${to}< ${line}`);
        const reply = {
          begun: false,
          takeBack: () => {
            reply.begun = true;
            const at = this.said.lastIndexOf(lines[0]!);
            this.said.splice(at, lines.length);
          },
        };
        this.onSay(() => {
          if (!reply.begun) onSettled?.(this.settles(lines));
          reply.begun = true;
        });
        return reply;
      },
      clock: this.clock,
    };
    this.chat = new ChatHandler({
      ...shared,
      models: this.models,
      channel: "demo",
      talk: settings.llm,
      random,
      withdraw: (why) => this.withdrawn.push(why),
    });
    this.runtimeSettings = new RuntimeSettings(settings.llm, (llm) => {
      this.models.use(llm);
      this.chat.updateSettings(llm);
    });
    this.commands = new CommandHandler({
      ...shared,
      settings: settings.commands,
      chat: this.chat,
      runtimeSettings: this.runtimeSettings,
      offeredModels: () => this.models.offered,
      report: () => this.#report(),
    });
    this.#running = this.chat.run(this.#stop.signal);
  }

  /** A scene whose model is up. */
  static async open(options: SceneOptions = {}): Promise<RoomScene> {
    const scene = new RoomScene(options);
    while (!["up", "off"].includes(scene.models.state)) await scene.provider.flush();
    return scene;
  }

  join(name: string, rank = 1): void {
    const user = { name, rank, afk: false, muted: false };
    this.room.update({ type: "addUser", user });
    this.chat.userJoined(name);
  }

  leave(name: string): void {
    this.room.update({ type: "userLeave", name });
    this.chat.userLeft(name);
  }

  /** A user says a line in the room; returns the decision. */
  say(user: string, text: string): string {
    return this.#hear(user, text, false);
  }

  /** A user sends a private message. */
  tell(user: string, text: string): string {
    return this.#hear(user, text, true);
  }

  /** The server echoes the bot's line. */
  echo(text: string): void {
    this.say("Rosey", text);
  }

  /** Answers the current model request; returns its messages. */
  async answer(reply: Reply | Error = REPLY): Promise<readonly Message[]> {
    await this.provider.settle("chat", reply);
    return this.provider.messages;
  }

  /** Removes and returns the lines said. */
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
    if (!this.room.isSelf(user) && this.commands.handle(line, isPrivate)) {
      this.chat.decisions.ignored(user, "command");
      return "command";
    }
    const decision = this.chat.handleLine(line, { live: true, private: isPrivate });
    return decision.action === "reply" ? "reply" : decision.reason;
  }

  #report(): BotReport {
    const { chat, models } = this;
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
      restrictions: chat.controls.paused ? ["paused"] : [],
      people: this.room.size,
      outbox: { waiting: 0, said: 0, late: 0, delayed: 0, muted: false, dropped },
      questionsWaiting: chat.waiting,
      decisions: chat.decisions.report,
      models: models.reports,
    };
  }
}
