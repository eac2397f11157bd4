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

/** Servers on one port, one after another. */
export class SoakChannel {
  /** The bot's lines in order. */
  readonly said: string[] = [];
  /** The users who addressed the bot, by the number of the line. */
  readonly mentions = new Map<number, string>();
  /** The number of users' lines. */
  sent = 0;
  readonly #random: () => number;
  #channel!: DemoChannel;
  #away = 0;
  /** The server's clock is stopped. */
  #stuck: { readonly atMs: number; readonly untilMs: number } | undefined;
  #muted = false;

  private constructor(random: () => number) {
    this.#random = random;
  }

  /** With `antiflood` the channel has its own flood limit. */
  static async start(random: () => number, antiflood: boolean): Promise<SoakChannel> {
    const soak = new SoakChannel(random);
    await soak.#open(0, antiflood);
    return soak;
  }

  get url(): string {
    return this.#channel.url;
  }

  async restart(antiflood: boolean): Promise<void> {
    const { port } = this.#channel;
    this.#beforeLoss();
    await this.#channel.close();
    this.#muted = false;
    await this.#open(port, antiflood);
  }

  drop(): void {
    this.#beforeLoss();
    this.#channel.disconnectAll();
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
    const user = nameOf(this.#somebodyHere());
    const isMention = n % MENTION_EVERY === MENTION_EVERY - 1;
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
    this.#channel = await DemoChannel.start({
      port,
      gate: connectionGate(CONNECTIONS, () => this.#now()),
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
    if (username === BOT.name) this.said.push(msg);
    return false;
  }

  #now(): number {
    const now = Date.now();
    return this.#stuck && now < this.#stuck.untilMs ? this.#stuck.atMs : now;
  }

  #somebodyHere(): number {
    const other = Math.floor(this.#random() * (PEOPLE - 1));
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
