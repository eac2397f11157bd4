/** The embedded channel with its real limits, full of people, that is restarted and gets stuck. */
import { type ChatLine, DemoChannel } from "../../src/demo/channel/server.ts";
import { connectionGate } from "../../tests/fakes/connection_gate.ts";

/** Her account: guests may log in once a minute only. */
export const BOT = { name: "Rosey", password: "of-the-soak" };
/** How many people talk. */
export const PEOPLE = 200;
/** One line in so many calls her. */
export const MENTION_EVERY = 50;

const MODERATOR = "Mod";
/** A CyTube server's. */
const CONNECTIONS = { burst: 5, perSecond: 0.1, maxOpen: 10 };
/** A CyTube channel's own, for ranks below 2. */
const ANTIFLOOD = { burst: 4, sustained: 1, cooldown: 4 };
/** Twice what the server takes, or an over-long line would be cut before it is seen. */
const MAX_MESSAGE = 640;
/** Before it ends a connection. */
const HANG_MS = 300;
/** Longer than any soak. */
const FOREVER_MS = 2 ** 31 - 1;

/** One server after another, on the same port. */
export class SoakChannel {
  /** What the bot said, in order. */
  readonly said: string[] = [];
  /** Who called her, by the number of the line. */
  readonly mentions = new Map<number, string>();
  /** Lines that people said. */
  sent = 0;
  readonly #random: () => number;
  #channel!: DemoChannel;
  #away = 0;
  /** The server's clock stands still. */
  #stuck: { readonly atMs: number; readonly untilMs: number } | undefined;
  #muted = false;

  private constructor(random: () => number) {
    this.#random = random;
  }

  /**
   * Opens the channel.
   *
   * @param random A number in [0, 1).
   * @param antiflood Whether the channel has limits of its own at first.
   */
  static async start(random: () => number, antiflood: boolean): Promise<SoakChannel> {
    const soak = new SoakChannel(random);
    await soak.#open(0, antiflood);
    return soak;
  }

  /** Where it is. */
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

  /** For a while every line comes too early. */
  stick(forMs: number): void {
    const atMs = Date.now();
    this.#stuck = { atMs, untilMs: atMs + forMs };
  }

  /** A moderator mutes her, or lets her speak again. */
  mute(muted: boolean): void {
    if (muted === this.#muted) return;
    this.#muted = muted;
    this.#channel.say(MODERATOR, `/${muted ? "mute" : "unmute"} ${BOT.name}`);
  }

  /** Somebody says the next line. */
  say(): void {
    const n = this.sent++;
    const user = nameOf(this.#somebodyHere());
    const isMention = n % MENTION_EVERY === MENTION_EVERY - 1;
    if (isMention) this.mentions.set(n, user);
    this.#channel.say(user, isMention ? `${BOT.name}, ask ${n}: what is on?` : `line ${n}: hello`);
  }

  /** Somebody leaves, and whoever left before is back. */
  swap(): void {
    this.#channel.addPuppet(nameOf(this.#away));
    this.#away = this.#somebodyHere();
    this.#channel.removePuppet(nameOf(this.#away));
  }

  /** Ends it. */
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

/** The server reads nothing any more for a moment, so that a line of hers is on its way. */
function hang(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, HANG_MS);
}

function nameOf(who: number): string {
  return `user${String(who).padStart(3, "0")}`;
}
