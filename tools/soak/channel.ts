/** The embedded channel with real limits and many users; it restarts and its clock stops. */
import { type ChatLine, DemoChannel } from "../../src/demo/channel/server.ts";
import { connectionGate } from "../../tests/fakes/connection_gate.ts";

/** The bot's account: guests may log in only once a minute. */
export const BOT = { name: "Rosey", password: "of-the-soak" };
/** Number of users who talk. */
export const PEOPLE = 200;
/** One line in this many calls the bot. */
export const MENTION_EVERY = 50;

const MODERATOR = "Mod";
/** Connection limits of a CyTube server. */
const CONNECTIONS = { burst: 5, perSecond: 0.1, maxOpen: 10 };
/** Flood limits of a CyTube channel, for ranks below 2. */
const ANTIFLOOD = { burst: 4, sustained: 1, cooldown: 4 };
/** Twice the limit of CyTube; otherwise the server would cut a line that is too long, and hide it. */
const MAX_MESSAGE = 640;
/** How long the server hangs before it ends a connection. */
const HANG_MS = 300;
/** Longer than any soak. */
const FOREVER_MS = 2 ** 31 - 1;

/** Runs one server after another, on the same port. */
export class SoakChannel {
  /** Lines of the bot, in order. */
  readonly said: string[] = [];
  /** Users who called the bot, by the number of the line. */
  readonly mentions = new Map<number, string>();
  /** Number of lines that users sent. */
  sent = 0;
  readonly #random: () => number;
  #channel!: DemoChannel;
  #away = 0;
  /** Set while the server's clock stands still. */
  #stuck: { readonly atMs: number; readonly untilMs: number } | undefined;
  #muted = false;

  private constructor(random: () => number) {
    this.#random = random;
  }

  /** Opens the channel. `antiflood`: whether it starts with flood limits of its own. */
  static async start(random: () => number, antiflood: boolean): Promise<SoakChannel> {
    const soak = new SoakChannel(random);
    await soak.#open(0, antiflood);
    return soak;
  }

  get url(): string {
    return this.#channel.url;
  }

  /** Ends the server and starts another one. */
  async restart(antiflood: boolean): Promise<void> {
    const { port } = this.#channel;
    hang();
    await this.#channel.close();
    this.#muted = false;
    await this.#open(port, antiflood);
  }

  /** Cuts every connection. */
  drop(): void {
    hang();
    this.#channel.disconnectAll();
  }

  /** Stops the server's clock for a while: every line comes too early for the flood limits. */
  stick(forMs: number): void {
    const atMs = Date.now();
    this.#stuck = { atMs, untilMs: atMs + forMs };
  }

  /** A moderator mutes or unmutes the bot. */
  mute(muted: boolean): void {
    if (muted === this.#muted) return;
    this.#muted = muted;
    this.#channel.say(MODERATOR, `/${muted ? "mute" : "unmute"} ${BOT.name}`);
  }

  /** A user sends the next line. */
  say(): void {
    const n = this.sent++;
    const user = nameOf(this.#somebodyHere());
    const isMention = n % MENTION_EVERY === MENTION_EVERY - 1;
    if (isMention) this.mentions.set(n, user);
    this.#channel.say(user, isMention ? `${BOT.name}, ask ${n}: what is on?` : `line ${n}: hello`);
  }

  /** A user leaves, and the user who left before comes back. */
  swap(): void {
    this.#channel.addPuppet(nameOf(this.#away));
    this.#away = this.#somebodyHere();
    this.#channel.removePuppet(nameOf(this.#away));
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
    this.#channel.addPuppet(MODERATOR, 3);
    for (let who = 0; who < PEOPLE; who++) {
      if (who !== this.#away) this.#channel.addPuppet(nameOf(who));
    }
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

/** Blocks the server for a moment, so that a line of the bot is in transit. */
function hang(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, HANG_MS);
}

function nameOf(who: number): string {
  return `user${String(who).padStart(3, "0")}`;
}
