/** Brings the faults of a round about, and knows which there are at each moment. */
import { within } from "../../src/clock.ts";
import type { Account } from "./account.ts";
import type { ChaosChannel } from "./channel.ts";
import type { Servers } from "./config.ts";
import { type HostContext, inflictOnHost } from "./host.ts";
import type { ModelServer } from "./model_server.ts";
import type { Fault, FaultyServer, HostFault, Round } from "./schedule.ts";

export interface FaultsOptions {
  readonly servers: Servers;
  /** Which server answers while both are whole. */
  readonly first: () => keyof Servers;
  readonly channel: ChaosChannel;
  readonly host: HostContext;
  readonly account: Account;
  /** Resolves when the program ends. */
  readonly ended: Promise<unknown>;
  /** Called with the name of each fault when it begins. */
  readonly onBegin: (name: string) => void;
  /** Called when it is over, with an error if it could not be brought about. */
  readonly onEnd: (name: string, error?: unknown) => void;
}

/** How long a fault waits for a request that meets it. */
const HIT_MS = 1500;

export class Faults {
  /** How many there were. */
  count = 0;
  /** Since when a model server, the channel and the host are whole; undefined if they are not. */
  wholeSinceMs: number | undefined = performance.now();
  readonly #options: FaultsOptions;
  readonly #active = new Set<string>();
  /** Faults outside the model servers. */
  readonly #others = new Set<string>();

  constructor(options: FaultsOptions) {
    this.#options = options;
  }

  /** The names of the faults at this moment. */
  get active(): readonly string[] {
    return [...this.#active];
  }

  /** Resolves when all faults of the round are over. Those of the model servers are met first. */
  async inflict(round: Round): Promise<void> {
    const { skipped } = this.#options.host.means;
    const possible = round.filter(({ kind }) => !skipped.has(kind as HostFault));
    const models = possible.filter(({ side }) => side === "model");
    const met = models.map(() => Promise.withResolvers<void>());
    const inflicted = models.map((fault, at) => this.#inflict(fault, met[at]!.resolve));
    await Promise.all(met.map(({ promise }) => promise));
    const others = possible.filter(({ side }) => side !== "model");
    await Promise.all([...inflicted, ...others.map((fault) => this.#inflict(fault, () => {}))]);
  }

  async #inflict(fault: Fault, onMet: () => void): Promise<void> {
    const { servers, channel, host, account, onBegin, onEnd } = this.#options;
    const targets = fault.side === "model" ? this.#targetsOf(fault) : [];
    const name = nameOf(fault, targets);
    this.count++;
    this.#active.add(name);
    if (fault.side !== "model") this.#others.add(name);
    onBegin(name);
    const reckon = () => {
      const isWhole = this.#others.size === 0 &&
        Object.values(servers).some(({ isWhole }: ModelServer) => isWhole);
      this.wholeSinceMs = isWhole ? this.wholeSinceMs ?? performance.now() : undefined;
    };
    let failure: unknown;
    try {
      if (fault.side === "host") await inflictOnHost(fault.kind, fault.seconds, host);
      else if (fault.side === "channel") {
        reckon();
        const onLost = () => account.lost(performance.now());
        await channel.inflict(fault.kind, fault.seconds, onLost);
      } else {
        await Promise.all(targets.map((server) => server.begin(fault.kind, fault.chatOnly)));
        reckon();
        await this.#met(fault, targets);
        onMet();
        await within(this.#options.ended, fault.seconds * 1000);
        await Promise.all(targets.map((server) => server.end()));
      }
    } catch (error) {
      failure = error;
    }
    onMet();
    this.#active.delete(name);
    this.#others.delete(name);
    reckon();
    onEnd(name, failure);
  }

  /** A fault that no request meets shows nothing. Nobody sees a request that finds no server. */
  async #met({ kind }: FaultyServer, targets: readonly ModelServer[]): Promise<void> {
    if (kind === "killed") return;
    const hits = targets.map((server) => server.hit());
    await within(Promise.race([...hits, this.#options.ended]), HIT_MS);
  }

  #targetsOf({ target }: FaultyServer): readonly ModelServer[] {
    const { servers: { ollama, openai }, first } = this.#options;
    const [one, other] = first() === "ollama" ? [ollama, openai] : [openai, ollama];
    const targets = { both: [one, other], first: [one], second: [other] };
    return { ...targets, http: [ollama], https: [openai] }[target];
  }
}

function nameOf(fault: Fault, targets: readonly ModelServer[]): string {
  if (fault.side !== "model") return `${fault.side}: ${fault.kind}`;
  const part = fault.chatOnly ? ", answers only" : "";
  return `${targets.map(({ form }) => form).join("+")}: ${fault.kind}${part}`;
}
