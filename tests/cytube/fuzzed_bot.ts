import { setImmediate } from "node:timers/promises";
import { ChatHandler } from "../../src/chat/chat_handler.ts";
import { Room } from "../../src/chat/room.ts";
import { CommandHandler } from "../../src/commands/command_handler.ts";
import { parseEvent } from "../../src/cytube/events.ts";
import { Outbox } from "../../src/outbox/outbox.ts";
import type { OutgoingLine } from "../../src/outbox/outbox.ts";
import { EventRouter } from "../../src/event_router.ts";
import { RuntimeSettings } from "../../src/runtime_settings.ts";
import { ModelPool } from "../../src/llm/model_pool.ts";
import { ProviderError } from "../../src/llm/errors.ts";
import { StateFile } from "../../src/storage/key_value_store.ts";
import { Transcript } from "../../src/storage/transcript.ts";
import { hostile, mulberry32, pick } from "../sanitize/attacks/random.ts";
import { FakeClock } from "../fakes/clock.ts";
import { reportOf } from "../fakes/report.ts";
import { settingsOf } from "../fakes/room_scene.ts";
import { REPLY, ScriptedProvider } from "../fakes/scripted_provider.ts";
import type { WireEvent } from "./wire_fuzz.ts";

/** Enables every reason to speak. */
const LLM = {
  enabled: true,
  llm_cooldown: 1,
  max_replies_per_minute: 0,
  loop_turns: 0,
  answer_pm: true,
  fallback_response: "Not now.",
  personas: { pirate: "You are a pirate." },
  speak_on: {
    keyword: { words: ["film"], cooldown: 1 },
    messages: { every: 50, cooldown: 1 },
    join: { cooldown: 1 },
    media: { cooldown: 1 },
  },
};
const FAILURES = [new ProviderError("timeout", "30 s"), new ProviderError("refused", "gone")];
const MAX_UNITS = 320;
/** What the server does with a line of the bot. */
const ANSWERS: readonly (readonly [share: number, name: string, payload: unknown])[] = [
  [0.04, "cooldown", 1000],
  [0.02, "spamFiltered", { reason: "x" }],
  [0.01, "noflood", { action: "chat", msg: "muted" }],
  [0.04, "errorMsg", { msg: "PM failed: x" }],
];

/** A bot composed as in `src/bot.ts`, with files and a fake clock, without a socket. */
export class FuzzedBot implements AsyncDisposable {
  /** Exceptions, and lines that the bot must not say. */
  readonly faults: string[] = [];
  /** The number of events that were parsed. */
  read = 0;
  /** Lines sent, in the room and in private. */
  sent = 0;
  last: OutgoingLine | undefined;
  slowest = { ms: 0, event: "" };
  readonly #random: () => number;
  readonly #clock = new FakeClock();
  readonly #room = new Room(this.#clock);
  readonly #provider = new ScriptedProvider();
  readonly #outbox: Outbox;
  readonly #models: ModelPool;
  readonly #chat: ChatHandler;
  readonly #router: EventRouter;
  readonly #folder = Deno.makeTempDirSync({ prefix: "rosey-fuzz-" });
  readonly #files: Disposable[] = [];
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #echoes: OutgoingLine[] = [];
  /** The model's next reply; undefined for a harmless one. */
  #written: (() => unknown) | undefined;

  constructor(seed: number) {
    const random = this.#random = mulberry32(seed);
    const clock = this.#clock;
    const written = () => this.#written?.() ?? REPLY;
    this.#written = () => {
      if (random() < 0.05) return Promise.reject(pick(FAILURES, random));
      return { text: hostile(random), complete: random() < 0.9 };
    };
    this.#provider.automatic = {
      probe: { models: ["m", "other"] },
      load: undefined,
      status: { loaded: true, contextTokens: 4096 },
      get chat() {
        return written();
      },
    };
    const settings = settingsOf({ llm: LLM });
    const room = this.#room;
    room.ownName = "Rosey";
    this.#outbox = new Outbox({ send: (line) => this.#send(line), clock });
    this.#models = new ModelPool({ setup: () => [this.#provider], clock });
    const state = StateFile.open(`${this.#folder}/state.db`, { clock })!;
    const rotation = { clock, maxBytes: 1 << 20, keep: 1 };
    const chatLog = new Transcript(`${this.#folder}/chat.log`, rotation);
    const mediaLog = new Transcript(`${this.#folder}/media.log`, rotation);
    this.#files.push(state, chatLog, mediaLog);
    const isMuted = () => this.#outbox.muted;
    const shared = { room, isMuted, say: this.#outbox.say.bind(this.#outbox), clock };
    const chat = this.#chat = new ChatHandler({
      ...shared,
      models: this.#models,
      channel: "demo",
      isBusy: () => false,
      talk: settings.llm,
      state,
      random,
      withdraw: (why) => this.#outbox.withdraw(why),
    });
    const runtimeSettings = new RuntimeSettings(settings.llm, (llm) => {
      this.#models.use(llm);
      chat.updateSettings(llm);
    });
    runtimeSettings.updateSettings(settings.llm);
    const commands = new CommandHandler({
      ...shared,
      settings: settings.commands,
      chat,
      runtimeSettings,
      offeredModels: () => this.#models.offered,
      report: () =>
        reportOf({
          people: room.size,
          media: room.media?.title,
          outbox: this.#outbox.report,
          decisions: chat.decisions.report,
          models: this.#models.reports,
        }),
    });
    const logs = { chatLog, mediaLog };
    const outbox = this.#outbox;
    const ignored = { onSaid: () => {}, handBackLead: () => {} };
    this.#router = new EventRouter({ ...logs, ...ignored, room, outbox, chat, commands });
    this.#running = chat.run(this.#stop.signal);
    this.#outbox.open();
  }

  /** The size of each collection. */
  get kept(): Readonly<Record<"people" | "questions" | "lines" | "decisions" | "timers", number>> {
    return {
      people: this.#room.size,
      questions: this.#chat.waiting,
      lines: this.#outbox.report.waiting,
      decisions: this.#chat.decisions.report.recent.length,
      timers: this.#clock.pending,
    };
  }

  /** Handles an event and, mostly, lets the server answer the lines that it causes. */
  take({ kind, name, payload }: WireEvent, live = this.#random() < 0.95): void {
    const begun = performance.now();
    try {
      const event = parseEvent(name, payload);
      if (event) {
        this.read++;
        this.#router.handle(event, live);
      }
    } catch (error) {
      this.#fault(`${kind} of ${name.slice(0, 40)} threw ${(error as Error).stack}`);
    }
    const ms = performance.now() - begun;
    if (ms > this.slowest.ms) this.slowest = { ms, event: `${kind} of ${name.slice(0, 40)}` };
    for (const line of this.#echoes.splice(0)) this.#answer(line);
  }

  /** Advances the clock and lets pending work run. */
  async pass(): Promise<void> {
    const dice = this.#random();
    if (dice < 0.02) {
      this.#outbox.close();
      this.#outbox.open();
    }
    this.#clock.advance(dice < 0.05 ? 90_000 : dice * 3000);
    await setImmediate();
  }

  /** Whether a new visitor is answered after the fuzzed events. */
  async answers(): Promise<boolean> {
    const talk = (name: string, payload: unknown) =>
      this.take({ kind: "talk", name, payload }, true);
    const boss = { name: "boss", rank: 255, meta: {} };
    talk("userlist", [boss, { name: "visitor", rank: 1, meta: {} }]);
    talk("channelOpts", {});
    talk("rank", 0);
    talk("setPermissions", {});
    talk("setUserMeta", { name: "Rosey", meta: { muted: false } });
    for (const msg of ["!resume", "!unignore visitor", "!reset"]) {
      talk("chatMsg", { username: "boss", msg, meta: {}, time: 0 });
    }
    talk("chatMsg", { username: "visitor", msg: "!optin", meta: {}, time: 0 });
    for (let turn = 0; turn < 100; turn++) {
      this.#clock.advance(10_000);
      await setImmediate();
    }
    this.#written = undefined;
    const before = this.#chat.decisions.report.counts.answered ?? 0;
    talk("chatMsg", { username: "visitor", msg: "rosey, still there?", meta: {}, time: 0 });
    for (let turn = 0; turn < 10; turn++) {
      await this.pass();
      for (const line of this.#echoes.splice(0)) this.#echo(line);
    }
    return (this.#chat.decisions.report.counts.answered ?? 0) > before;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await this.#models.close();
    this.#outbox.close();
    for (const file of this.#files) file[Symbol.dispose]();
    Deno.removeSync(this.#folder, { recursive: true });
  }

  #send(line: OutgoingLine): void {
    const { text, to } = line;
    const shown = JSON.stringify(line);
    if (text === "" || text.length > MAX_UNITS) this.#fault(`Said ${text.length} units: ${shown}`);
    if (/^\s*\//.test(text)) this.#fault(`Gave a command: ${shown}`);
    if (/\p{Cc}/u.test(text)) this.#fault(`Said a control character: ${shown}`);
    if (to !== undefined && !/^[^\s:\p{Cc}\p{Cs}]{1,64}$/u.test(to)) {
      this.#fault(`Whispered to what is no name: ${shown}`);
    }
    this.sent++;
    this.last = line;
    this.#echoes.push(line);
  }

  /** Answers a line as a server does, or drops it. */
  #answer({ text, to }: OutgoingLine): void {
    let dice = this.#random();
    for (const [share, name, payload] of ANSWERS) {
      if (dice < share) return this.take({ kind: "talk", name, payload }, true);
      dice -= share;
    }
    if (dice >= 0.05) this.#echo({ text, to });
  }

  #echo({ text, to }: OutgoingLine): void {
    const msg = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
    const payload = {
      username: "Rosey",
      msg,
      meta: {},
      time: 0,
      ...(to === undefined ? {} : { to }),
    };
    this.take({ kind: "talk", name: to === undefined ? "chatMsg" : "pm", payload }, true);
  }

  #fault(what: string): void {
    if (this.faults.length < 100) this.faults.push(what.slice(0, 2000));
  }
}
