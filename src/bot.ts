/** The composition root: connects the channel, the chat, the commands and the model servers. */
import { getLogger } from "@logtape/logtape";
import { ChatHandler } from "./chat/chat_handler.ts";
import type { Decision } from "./chat/decide.ts";
import type { DecisionEntry } from "./chat/decisions.ts";
import { Room } from "./chat/room.ts";
import { delay, systemClock } from "./clock.ts";
import { CommandHandler } from "./commands/command_handler.ts";
import type { Settings } from "./config/settings.ts";
import { AfkMark } from "./cytube/afk.ts";
import { CytubeClient } from "./cytube/client.ts";
import type { ChatLine } from "./cytube/events.ts";
import { EventRouter } from "./event_router.ts";
import { ModelPool } from "./llm/model_pool.ts";
import { quoted } from "./outbox/line_queue.ts";
import { Outbox } from "./outbox/outbox.ts";
import type { QueuedReply, Say, SayOptions } from "./outbox/say.ts";
import type { BotReport } from "./report.ts";
import { RuntimeSettings } from "./runtime_settings.ts";
import type { StateFile } from "./storage/key_value_store.ts";
import type { Transcript } from "./storage/transcript.ts";

const log = getLogger(["rosey", "bot"]);

/** Time to send the lines that wait when the bot is stopped. */
const FLUSH_MS = 2000;

export interface BotOptions {
  readonly chatLog?: Transcript;
  readonly mediaLog?: Transcript;
  /** Default: everything is forgotten when the program ends. */
  readonly state?: StateFile;
  readonly onJoined?: () => void;
  readonly onModelUp?: () => void;
  /** Called with what was decided about each line, at once. */
  readonly onHeard?: (line: ChatLine, decision: Decision) => void;
  /** Called with what became of each question. */
  readonly onDecided?: (entry: DecisionEntry) => void;
  /** Whether lines are logged instead of said; default false. */
  readonly dryRun?: boolean;
  /** Called once, before the first connection. */
  readonly onStart?: (control: BotControl) => void;
}

/** Watches and changes a running bot. */
export interface BotControl {
  report(): BotReport;
  /** Applies what can change without a restart. */
  updateSettings(settings: Pick<Settings, "llm" | "commands">): void;
}

/**
 * Runs a bot until the signal aborts: then it cancels the current reply, sends the lines that wait,
 * and leaves.
 *
 * @throws {ChannelRefusedError} The channel does not admit the bot.
 */
export async function runBot(
  settings: Settings,
  signal: AbortSignal,
  options: BotOptions = {},
): Promise<void> {
  const { domain, channel, user, llm } = settings;
  const models = new ModelPool({ onUp: options.onModelUp });
  const room = new Room();
  room.ownName = user.name;
  const outbox = new Outbox({
    send: ({ text, to }) => to === undefined ? client.chat(text) : client.pm(to, text),
    onCut: (units) => room.setLineLimit(units),
  });
  const isMuted = () => outbox.muted;
  const isBusy = (questions: number) => outbox.isBusy({ replies: questions });
  const say: Say = options.dryRun ? wouldSay : (lines, to) => outbox.say(lines, to);
  const chat = new ChatHandler({
    models,
    room,
    isMuted,
    isBusy,
    say,
    withdraw: (reason) => outbox.withdraw(reason),
    channel: channel.name,
    talk: llm,
    state: options.state,
    onDecided: options.onDecided,
  });
  const runtimeSettings = new RuntimeSettings(llm, (llm) => {
    models.use(llm);
    chat.updateSettings(llm);
  });
  runtimeSettings.updateSettings(llm);
  const report = (): BotReport => ({
    connection: client.report,
    domain,
    channel: channel.name,
    user: room.ownName,
    rank: room.rank,
    restrictions: [
      chat.controls.paused && "paused",
      outbox.muted && (room.mayChat ? "muted" : "no permission to speak"),
      !room.registered && "unregistered channel",
    ].filter((restriction) => typeof restriction === "string"),
    people: room.size,
    media: room.media?.title,
    outbox: outbox.report,
    questionsWaiting: chat.waiting,
    decisions: chat.decisions.report,
    models: models.reports,
  });
  const commands = new CommandHandler({
    settings: settings.commands,
    chat,
    runtimeSettings,
    offeredModels: () => models.offered,
    room,
    isMuted,
    say,
    report,
    clock: systemClock,
  });
  const router = new EventRouter({
    ...options,
    room,
    outbox,
    chat,
    commands,
    onSaid: () => afk.active(),
    handBackLead: () => client.assignLeader(""),
  });
  let joined = false;
  const client = new CytubeClient({
    domain,
    channel,
    user,
    kickPauseMs: settings.kickPauseSeconds * 1000,
    onEvent: (event, live) => router.handle(event, live),
    onLineLimit: (units) => {
      room.setLineLimit(units);
      outbox.setMaxUnits(room.maxLineUnits);
    },
    onJoined: (name) => {
      joined = true;
      room.ownName = name;
      chat.ownNameChanged();
      // A rank that is too low may be that of the moment.
      if (room.mayChat) outbox.allow(true);
      outbox.open();
      afk.active();
      options.onJoined?.();
    },
    onRankKnown: () => {
      const people = room.size === 1 ? "person" : "people";
      log.info(`Joined {channel} on {domain} as {name} (rank {rank}, {people} ${people})`, {
        channel: channel.name,
        domain,
        name: room.ownName,
        rank: room.rank,
        people: room.size,
      });
      outbox.allow(room.mayChat);
    },
    onLeft: () => {
      afk.left();
      outbox.close();
    },
  });
  const afk = new AfkMark({
    clock: systemClock,
    mark: () => {
      // The command ends the state of a user who is away already.
      const isAway = room.user(room.ownName)?.afk === true;
      if (!settings.afk || options.dryRun || isAway) return true;
      if (room.mayChat) client.chat("/afk");
      return room.mayChat;
    },
  });

  options.onStart?.({
    report,
    updateSettings: (changed) => {
      runtimeSettings.updateSettings(changed.llm);
      commands.updateSettings(changed.commands);
    },
  });
  const failed = new AbortController();
  const chatting = chat.run(AbortSignal.any([signal, failed.signal]));
  const leave = new AbortController();
  const onStop = () => void leaveAfterFlush(outbox, leave);
  signal.addEventListener("abort", onStop, { once: true });
  try {
    if (signal.aborted) return;
    await client.run(leave.signal);
  } finally {
    signal.removeEventListener("abort", onStop);
    failed.abort();
    await chatting;
    await models.close();
    const { waiting } = outbox.report;
    if (waiting > 0) {
      log.warning("Lines that were not said before the bot was stopped: {count}", {
        count: waiting,
      });
    }
    if (joined) log.info("Left {channel}", { channel: channel.name });
  }
}

async function leaveAfterFlush(outbox: Outbox, leave: AbortController): Promise<void> {
  await Promise.race([outbox.drained(), delay(FLUSH_MS, { signal: leave.signal }).catch(() => {})]);
  leave.abort();
}

/** Takes lines for said. */
function wouldSay(lines: readonly string[], { to, onSettled }: SayOptions = {}): QueuedReply {
  for (const text of lines) log.info("Would say: {line}", { line: quoted({ text, to }) });
  onSettled?.(lines);
  return { begun: true, takeBack: () => {} };
}
