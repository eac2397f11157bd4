/** The demo channel with CyTube's limits and many users, which is restarted and whose clock stops. */
import { MEDIA } from "./model.ts";
import { type ChatLine, DemoChannel } from "../../src/demo/channel/server.ts";
import { connectionGate } from "../../tests/fakes/connection_gate.ts";

/** The bot has an account because guests may log in only once a minute. */
export const BOT = { name: "Rosey", password: "of-the-soak" };
export const PEOPLE = 200;
/** One of this many lines addresses the bot. */
export const MENTION_EVERY = 50;

const MODERATOR = "Mod";
/** The limits of a CyTube server. */
const CONNECTIONS = { burst: 5, perSecond: 0.1, maxOpen: 10 };
/** CyTube's default flood limit of a channel. */
const ANTIFLOOD = { burst: 4, sustained: 1, cooldown: 4 };
/** Twice the normal limit, so that lines that are too long are visible. */
const MAX_MESSAGE = 640;
const HANG_MS = 300;
/** Source: the demo channel, whose users say more lines than that while the bot is away. */
const HISTORY_SIZE = 15;
const FOREVER_MS = 2 ** 31 - 1;

export interface SoakChannelOptions {
  readonly random: () => number;
  /** Whether the channel has its own flood limit. */
  readonly antiflood: boolean;
  /** One of this many lines addresses the bot; default {@linkcode MENTION_EVERY}. */
  readonly mentionEvery?: number;
  /** Who addresses the bot in the line of that number; default: somebody who is here. */
  readonly asker?: (n: number) => string;
  /** Called with each message that the bot sends, as it sends it. */
  readonly onSent?: (msg: string) => void;
  /** Called with each line of the bot that the room received. */
  readonly onSaid?: (line: string) => void;
}

/** Servers on one port, one after another. */
export class SoakChannel {
  /** The bot's lines in order. */
  readonly said: string[] = [];
  /** The users who addressed the bot, by the number of the line. */
  readonly mentions = new Map<number, string>();
  /** The number of users' lines. */
  sent = 0;
  readonly #options: SoakChannelOptions;
  #channel!: DemoChannel;
  #away = 0;
  /** The server's clock is stopped. */
  #stuck: { readonly atMs: number; readonly untilMs: number } | undefined;
  #muted = false;

  private constructor(options: SoakChannelOptions) {
    this.#options = options;
  }

  static async start(options: SoakChannelOptions): Promise<SoakChannel> {
    const soak = new SoakChannel(options);
    await soak.#open(0, options.antiflood);
    return soak;
  }

  get port(): number {
    return this.#channel.port;
  }

  /** Whether the bot is in the channel. */
  get hasBot(): boolean {
    return this.#channel.users().includes(BOT.name);
  }

  get url(): string {
    return this.#channel.url;
  }

  /** `meanwhile` is how long no server listens. */
  async restart(antiflood: boolean, meanwhile?: () => Promise<void>): Promise<void> {
    const { port } = this.#channel;
    this.#beforeLoss();
    await this.#channel.close();
    await meanwhile?.();
    this.#muted = false;
    await this.#open(port, antiflood);
  }

  drop(): void {
    this.#beforeLoss();
    this.#channel.disconnectAll();
  }

  kick(): void {
    this.#channel.kick(BOT.name, "out");
  }

  /** Stops the server's clock: every line is refused as too early. */
  stick(forMs: number): void {
    const atMs = Date.now();
    this.#stuck = { atMs, untilMs: atMs + forMs };
  }

  /** Mutes or unmutes the bot. */
  mute(muted: boolean): void {
    if (muted === this.#muted) return;
    this.#muted = muted;
    this.#channel.say(MODERATOR, `/${muted ? "mute" : "unmute"} ${BOT.name}`);
  }

  say(): void {
    const n = this.sent++;
    const { mentionEvery = MENTION_EVERY, asker = () => nameOf(this.#somebodyHere()) } = this
      .#options;
    const isMention = n % mentionEvery === mentionEvery - 1;
    const user = isMention ? asker(n) : nameOf(this.#somebodyHere());
    if (isMention) this.mentions.set(n, user);
    this.#channel.say(user, isMention ? `${BOT.name}, ask ${n}: what is on?` : `line ${n}: hello`);
  }

  /** One user leaves, and the one who left before returns. */
  swap(): void {
    this.#channel.addPuppet(nameOf(this.#away));
    this.#away = this.#somebodyHere();
    this.#channel.removePuppet(nameOf(this.#away));
  }

  /** The numbers of the lines that the channel repeats after a join. */
  get history(): number[] {
    return Array.from({ length: HISTORY_SIZE }, (_, at) => this.sent - HISTORY_SIZE + at);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#channel.close();
  }

  async #open(port: number, antiflood: boolean): Promise<void> {
    const gate = connectionGate(CONNECTIONS, () => this.#now());
    const { onSent } = this.#options;
    this.#channel = await DemoChannel.start({
      port,
      gate: {
        ...gate,
        admits(socket) {
          if (onSent) socket.on("chatMsg", (payload) => onSent(String(payload?.msg)));
          return gate.admits(socket);
        },
      },
      accounts: { [BOT.name]: { password: BOT.password, rank: 1 } },
      chatAntiflood: antiflood ? ANTIFLOOD : undefined,
      maxMessageLength: MAX_MESSAGE,
      now: () => this.#now(),
    });
    this.#channel.nextLine((line) => this.#listen(line), FOREVER_MS).catch(() => {});
    this.#channel.setMedia(MEDIA);
    this.#channel.addPuppet(MODERATOR, 3);
    for (let who = 0; who < PEOPLE; who++) {
      if (who !== this.#away) this.#channel.addPuppet(nameOf(who));
    }
  }

  /** Leaves lines of the bot unread, and lets the time go on: what is said now is newer. */
  #beforeLoss(): void {
    hang();
    this.#stuck = undefined;
  }

  #listen({ username, msg }: ChatLine): false {
    if (username !== BOT.name) return false;
    this.said.push(msg);
    this.#options.onSaid?.(msg);
    return false;
  }

  #now(): number {
    const now = Date.now();
    return this.#stuck && now < this.#stuck.untilMs ? this.#stuck.atMs : now;
  }

  #somebodyHere(): number {
    const other = Math.floor(this.#options.random() * (PEOPLE - 1));
    return (this.#away + 1 + other) % PEOPLE;
  }
}

/** Blocks the server for a moment, so that a line of the bot is unread. */
function hang(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, HANG_MS);
}

function nameOf(who: number): string {
  return `user${String(who).padStart(3, "0")}`;
}
