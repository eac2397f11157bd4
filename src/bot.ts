/**
 * One bot: the channel, the conversation and the model, wired together.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import type { Say } from "./chat/reply_generator.ts";
import { Conversation } from "./chat/conversation.ts";
import { Room } from "./chat/room.ts";
import { delay, systemClock } from "./clock.ts";
import { Commands } from "./commands/commands.ts";
import type { Settings } from "./config/settings.ts";
import { CytubeClient } from "./cytube/client.ts";
import { Outbox } from "./outbox/outbox.ts";
import { Dispatch } from "./dispatch.ts";
import { RuntimeSettings } from "./runtime_settings.ts";
import { ModelPool } from "./llm/model_pool.ts";
import type { BotReport } from "./report.ts";
import type { StateFile } from "./storage/state_file.ts";
import type { Transcript } from "./storage/transcript.ts";

const log = getLogger(["rosey", "bot"]);

/** What is on its way when the bot is stopped is given this long to be said. */
const FLUSH_MS = 2000;

/** Options of {@linkcode runBot}. */
export interface BotOptions {
  /** Where what is said is written. */
  readonly chatLog?: Transcript;
  /** Where what is played is written. */
  readonly mediaLog?: Transcript;
  /** What is to be known after the next start. */
  readonly state?: StateFile;
  /** Told each time the bot has joined the channel. */
  readonly onJoined?: () => void;
  /** Told each time the model can be asked. */
  readonly onModelUp?: () => void;
  /** Given, once, what the bot can be watched and changed with. */
  readonly onStart?: (control: BotControl) => void;
}

/** A running bot, from outside. */
export interface BotControl {
  /** How the bot is at this moment. */
  report(): BotReport;
  /**
   * Takes over other settings of what can be changed without leaving the channel.
   *
   * @param settings All of them.
   */
  adopt(settings: Pick<Settings, "llm" | "commands">): void;
}

/**
 * Runs a bot until the signal ends it.
 *
 * @param settings What the operator decided.
 * @param signal Stops taking questions, cancels the answer in progress, finishes what is being said,
 *   and leaves.
 * @throws {ChannelRefusedError} When the channel will not have the bot.
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
  });
  const isMuted = () => outbox.muted;
  const say: Say = (lines, to) => outbox.say(lines, to);
  const conversation = new Conversation({
    models,
    room,
    isMuted,
    say,
    withdraw: (why) => outbox.withdraw(why),
    channel: channel.name,
    talk: llm,
    state: options.state,
  });
  const runtimeSettings = new RuntimeSettings(llm, (llm) => {
    models.use(llm);
    conversation.adopt(llm);
  });
  runtimeSettings.adopt(llm);
  const report = (): BotReport => ({
    connection: client.report,
    domain,
    channel: channel.name,
    user: room.ownName,
    rank: room.rank,
    people: room.size,
    media: room.media?.title,
    outbox: outbox.report,
    questionsWaiting: conversation.waiting,
    decisions: conversation.decisions.report,
    models: models.reports,
  });
  const commands = new Commands({
    settings: settings.commands,
    conversation,
    runtimeSettings,
    offered: () => models.offered,
    room,
    isMuted,
    say,
    report,
    clock: systemClock,
  });
  const dispatch = new Dispatch({ ...options, room, outbox, conversation, commands });
  let joined = false;
  const client = new CytubeClient({
    domain,
    channel,
    user,
    kickPauseMs: settings.kickPauseSeconds * 1000,
    onEvent: (event, live) => dispatch.take(event, live),
    onJoined: (name) => {
      joined = true;
      room.ownName = name;
      conversation.renamed();
      log.info("Joined {channel} on {domain} as {name} (rank {rank}, {people} people)", {
        channel: channel.name,
        domain,
        name,
        rank: room.rank,
        people: room.size,
      });
      outbox.open();
      options.onJoined?.();
    },
    onLeft: () => outbox.close(),
  });

  options.onStart?.({
    report,
    adopt: ({ llm, commands: changed }) => {
      runtimeSettings.adopt(llm);
      commands.adopt(changed);
    },
  });
  const failed = new AbortController();
  const working = AbortSignal.any([signal, failed.signal]);
  const work = conversation.run(working);
  const leave = new AbortController();
  const onStop = () => void leaveAfterFlush(outbox, leave);
  signal.addEventListener("abort", onStop, { once: true });
  try {
    if (signal.aborted) return;
    await client.run(leave.signal);
  } finally {
    signal.removeEventListener("abort", onStop);
    failed.abort();
    await work;
    await models.close();
    const { waiting } = outbox.report;
    if (waiting > 0) {
      log.warning("{count} lines were not said before the bot was stopped", { count: waiting });
    }
    if (joined) log.info("Left {channel}", { channel: channel.name });
  }
}

async function leaveAfterFlush(outbox: Outbox, leave: AbortController): Promise<void> {
  await Promise.race([outbox.drained(), delay(FLUSH_MS, { signal: leave.signal }).catch(() => {})]);
  leave.abort();
}
