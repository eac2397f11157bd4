import { assert, assertEquals } from "@std/assert";
import { DemoChannel, type DemoChannelOptions } from "../../src/demo/channel/server.ts";
import { TraceClient, until } from "./client.ts";
import { loadTrace, type Received, shapeFault, timeless, type TraceRecord } from "./trace.ts";

/** The accounts the traces were recorded with. */
export const ACCOUNTS = {
  Rosey: { password: "roseypw", rank: 1 },
  alice: { password: "alicepw", rank: 1 },
  bob: { password: "bobpw", rank: 1 },
  moddy: { password: "moddypw", rank: 2 },
  siteadmin: { password: "adminpw", rank: 255 },
};

/** The accounts of the later traces, whose owner is moddy. */
export const LATER_ACCOUNTS = {
  moddy: { password: "moddy-pw", rank: 5 },
  alice: { password: "alice-pw", rank: 1 },
  bob: { password: "bob-pw", rank: 1 },
  rosey: { password: "rosey-pw", rank: 1 },
};

/** Events that are not compared, and why. */
const IGNORED: Readonly<Record<string, string>> = {
  usercount: "sent at most every ten real seconds, so its place depends on earlier traces",
};

/** Events of which only the shape is compared, and why. */
const SHAPE_ONLY: Readonly<Record<string, string>> = {
  drinkCount: "counted by earlier traces",
};

/** A stretch of a trace, in its milliseconds. */
export type Stretch = readonly [from: number, to: number];

export interface ReplayOptions extends DemoChannelOptions {
  /** Stretches that are left out, as the demo channel does not have what they use. */
  readonly without?: readonly Stretch[];
  /** The time at which the replay stops. */
  readonly until?: number;
  /** More events that are not compared. */
  readonly ignore?: readonly string[];
}

/** Sends what a trace's clients sent, and asserts that they receive what they received. */
export async function replay(file: string, options: ReplayOptions = {}): Promise<void> {
  const { without = [], until: end = Infinity, ignore = [], ...channelOptions } = options;
  const records = withoutTail(loadTrace(file)).filter(({ t, ev }) =>
    t < end && !ignore.includes(ev) && !without.some(([from, to]) => t >= from && t < to)
  );
  const player = new Player(file, records, { ...channelOptions, ignore });
  try {
    await player.start();
    await player.play();
  } finally {
    await player.close();
  }
}

/** The recorder closed its clients one by one at the end, without waiting for what they saw. */
function withoutTail(records: TraceRecord[]): TraceRecord[] {
  const last = records.findLastIndex(({ dir, ev, args }) =>
    dir !== "sys" || ev !== "disconnect" || Object(args).reason !== "io client disconnect"
  );
  return records.slice(0, last + 1);
}

class Player {
  readonly #file: string;
  readonly #records: readonly TraceRecord[];
  readonly #options: DemoChannelOptions;
  readonly #ignored: ReadonlySet<string>;
  readonly #clients = new Map<string, TraceClient>();
  readonly #expected = new Map<string, Received[]>();
  readonly #saidSince = new Set<string>();
  readonly #listening = new Set<string>();
  readonly #leaving: string[] = [];
  #channel!: DemoChannel;
  #clock = 0;

  constructor(file: string, records: readonly TraceRecord[], options: ReplayOptions) {
    const { ignore = [], ...channelOptions } = options;
    this.#file = file;
    this.#records = records;
    this.#options = channelOptions;
    this.#ignored = new Set([...Object.keys(IGNORED), ...ignore]);
  }

  async start(): Promise<void> {
    const join = this.#records.find(({ ev }) => ev === "joinChannel");
    this.#channel = await DemoChannel.start({
      accounts: ACCOUNTS,
      name: (join?.args as { name?: string } | undefined)?.name,
      // The trace's clock: the limiters see the recorded pauses, which the replay skips.
      now: () => 1_700_000_000_000 + this.#clock,
      ...this.#options,
    });
  }

  async play(): Promise<void> {
    for (const [at, record] of this.#records.entries()) {
      const { who, dir, ev, args } = record;
      const next = this.#records[at + 1];
      if (who === "http") {
        await this.#request(record);
      } else if (dir === "in") {
        this.#expect(record);
      } else if (dir === "out") {
        await this.#settle();
        this.#clock = record.t;
        this.#client(who).emit(ev, ...(Array.isArray(args) ? args : [args]));
        // Events that were recorded without a pause are sent without one.
        if (next?.dir !== "out") await this.#flush();
      } else if (dir === "sys" && ev === "connect") {
        await this.#settle();
        // A client that comes back: what it received before is compared already.
        if (this.#clients.has(who)) this.#compare(who);
        this.#expected.delete(who);
        this.#clients.set(who, await TraceClient.connect(this.#channel.url));
      } else if (dir === "sys" && ev === "disconnect") {
        const { reason } = args as { reason: string };
        if (reason !== "io client disconnect") this.#expectEnd(who, reason);
        // Clients that left at the same time did not see each other leave.
        else if (this.#leaves(next)) this.#leaving.push(who);
        else await this.#disconnect([...this.#leaving.splice(0), who]);
      }
    }
    await this.#settle();
    await this.#flush();
    for (const who of this.#clients.keys()) this.#compare(who);
  }

  async close(): Promise<void> {
    for (const client of this.#clients.values()) await client.close();
    await this.#channel?.close();
  }

  async #request({ ev, args }: TraceRecord): Promise<void> {
    const [method = "", path = ""] = ev.split(" ");
    const wanted = args as { status: number; type: string; body: string };
    const response = await fetch(new URL(path, this.#channel.url), { method });
    const body = (await response.text()).replace(this.#channel.url, "http://127.0.0.1:8088");
    const found = { status: response.status, type: response.headers.get("content-type"), body };
    assertEquals(found, wanted, `${this.#file}: ${ev}`);
  }

  #client(who: string): TraceClient {
    const client = this.#clients.get(who);
    assert(client !== undefined, `${this.#file}: ${who} has no socket`);
    return client;
  }

  #expect({ who, ev, args }: TraceRecord): void {
    if (ev === "userlist") this.#listening.add(who);
    if (ev === "chatMsg") {
      const { username, time } = args as { username: string; time: number };
      const line = `${username} ${time}`;
      if (this.#listening.has(who)) this.#saidSince.add(line);
      // Skips history from an earlier trace: this replay has not said it.
      else if (!this.#saidSince.has(line)) return;
    }
    if (this.#ignored.has(ev)) return;
    const events = this.#expected.get(who) ?? [];
    this.#expected.set(who, events);
    events.push({ ev, args });
  }

  #expectEnd(who: string, reason: string): void {
    this.#listening.delete(who);
    this.#expected.get(who)?.push({ ev: "disconnect", args: reason });
  }

  #leaves(record: TraceRecord | undefined): boolean {
    return record?.dir === "sys" && record.ev === "disconnect";
  }

  async #disconnect(names: readonly string[]): Promise<void> {
    await this.#settle();
    for (const who of names) this.#client(who).deafen();
    for (const who of names) {
      this.#listening.delete(who);
      await this.#client(who).close();
    }
    const open = [...this.#clients.values()].filter(({ connected }) => connected).length;
    await until(() => this.#channel.sessions === open);
  }

  #heard(who: string): Received[] {
    return this.#client(who).received.filter(({ ev }) => !this.#ignored.has(ev));
  }

  /** Waits until the clients have received what they had received at this point of the trace. */
  async #settle(): Promise<void> {
    for (const [who, expected] of this.#expected) {
      const heard = await until(() => this.#heard(who).length >= expected.length);
      if (!heard) this.#compare(who);
    }
  }

  async #flush(): Promise<void> {
    await Promise.all([...this.#clients.values()].map((client) => client.barrier()));
  }

  #compare(who: string): void {
    const expected = this.#expected.get(who) ?? [];
    const heard = this.#heard(who);
    for (const [at, wanted] of expected.entries()) {
      const found = heard[at];
      const place = `${this.#file}, ${who}, event ${at}`;
      assert(found !== undefined, `${place}: no ${wanted.ev} ${JSON.stringify(wanted.args)}`);
      const around = heard.slice(Math.max(0, at - 3), at + 3).map(({ ev }) => ev).join(" ");
      assertEquals(found.ev, wanted.ev, `${place}, among ${around}: another event`);
      assertEquals(
        shapeFault(wanted.args, found.args),
        null,
        `${place}: another shape of ${found.ev}`,
      );
      if (found.ev in SHAPE_ONLY) continue;
      const [got, want] = [found.args, wanted.args].map((args) => JSON.stringify(timeless(args)));
      assertEquals(timeless(found.args), timeless(wanted.args), `${place}: ${got}, not ${want}`);
    }
    const extra = heard.slice(expected.length).map(({ ev, args }) =>
      `${ev} ${JSON.stringify(args)}`
    );
    assertEquals(extra, [], `${this.#file}, ${who}: received more than recorded`);
  }
}
