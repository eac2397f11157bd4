/**
 * One bot: the channel, the conversation and the model, wired together.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import { Responder } from "./chat/responder.ts";
import { Room } from "./chat/room.ts";
import { delay } from "./clock.ts";
import type { LlmSettings, Settings } from "./config/settings.ts";
import { CytubeClient } from "./cytube/client.ts";
import type { ChannelEvent, Media } from "./cytube/events.ts";
import { passOn } from "./cytube/feedback.ts";
import { Outbox } from "./cytube/outbox.ts";
import { Models } from "./llm/models.ts";
import type { BotReport } from "./report.ts";
import type { Transcript } from "./transcript.ts";

const log = getLogger(["rosey", "bot"]);

/** What is on its way when the bot is stopped is given this long to be said. */
const FLUSH_MS = 2000;

/** Options of {@linkcode runBot}. */
export interface BotOptions {
  /** Where what is said is written. */
  readonly chatLog?: Transcript;
  /** Where what is played is written. */
  readonly mediaLog?: Transcript;
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
   * Takes over other settings of the `llm` section without leaving the channel.
   *
   * @param llm All of them.
   */
  adopt(llm: LlmSettings): void;
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
  const models = new Models({ onUp: options.onModelUp });
  models.use(llm);
  const room = new Room();
  room.ownName = user.name;
  const outbox = new Outbox({
    send: ({ text, to }) => to === undefined ? client.chat(text) : client.pm(to, text),
  });
  const responder = new Responder({
    models,
    room,
    say: (lines) => outbox.say(lines),
    channel: channel.name,
    talk: llm,
  });
  let playing = "";
  let joined = false;

  function onEvent(event: ChannelEvent, live: boolean): void {
    room.update(event);
    passOn(outbox, event, { live, presence: room });
    switch (event.type) {
      case "chatMsg":
        if (live) options.chatLog?.add(`<${event.line.user}> ${event.line.text}`);
        responder.hear(event.line, live);
        break;
      case "changeMedia":
        // It is sent again to whoever joins, and on every shuffle.
        if (event.media.id !== playing) options.mediaLog?.add(mediaLine(event.media));
        playing = event.media.id;
        break;
      case "userLeave":
        responder.left(event.name);
        break;
      case "clearchat":
        responder.forget();
        break;
    }
  }

  const client = new CytubeClient({
    domain,
    channel,
    user,
    kickPauseMs: settings.kickPauseSeconds * 1000,
    onEvent,
    onJoined: (name) => {
      joined = true;
      room.ownName = name;
      responder.renamed();
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
    report: () => ({
      connection: client.report,
      domain,
      channel: channel.name,
      user: room.ownName,
      rank: room.rank,
      people: room.size,
      media: room.media?.title,
      outbox: outbox.report,
      questionsWaiting: responder.waiting,
      decisions: responder.decisions,
      models: models.reports,
    }),
    adopt: (llm) => {
      models.use(llm);
      responder.adopt(llm);
    },
  });
  const failed = new AbortController();
  const working = AbortSignal.any([signal, failed.signal]);
  const work = responder.run(working);
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
    if (joined) log.info("Left {channel}", { channel: channel.name });
  }
}

async function leaveAfterFlush(outbox: Outbox, leave: AbortController): Promise<void> {
  await Promise.race([outbox.drained(), delay(FLUSH_MS, { signal: leave.signal }).catch(() => {})]);
  leave.abort();
}

function mediaLine({ title, type, id, seconds }: Media): string {
  return `${title} [${type}:${id}, ${seconds} s]`;
}
