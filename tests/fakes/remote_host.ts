/**
 * A host of one's own for the model, with a cable to it: two network namespaces joined by a pair of
 * virtual interfaces. Nothing leaves them. Needs root on Linux and `ip`.
 */
import { Child } from "./child.ts";

/** Addresses for documentation. Source: RFC 5737. */
const BOT = "192.0.2.1";
const GPU = "192.0.2.2";
const PORT = 11434;
const NAME = "gpu.internal";
const LINK = "cable";

let made = 0;

/** The bot's side, the model's side, and what can happen between them. */
export class RemoteHost implements AsyncDisposable {
  /** The model's server by its address. */
  readonly url = `http://${GPU}:${PORT}`;
  /** The same by its name. */
  readonly namedUrl = `http://${NAME}:${PORT}`;
  /** Put in front of a command, it runs on the bot's side. */
  readonly prefix: readonly string[];
  readonly #bot: string;
  readonly #gpuBase: string;
  readonly #namespaces: string[] = [];
  readonly #loadMs: number;
  #gpu = "";
  #boots = 0;
  #server: Child | undefined;

  private constructor(loadMs: number) {
    this.#loadMs = loadMs;
    const id = `${Deno.pid}-${++made}`;
    this.#bot = `rosey-bot-${id}`;
    this.#gpuBase = `rosey-gpu-${id}`;
    this.prefix = ["ip", "netns", "exec", this.#bot];
  }

  /**
   * Joins two sides and starts the model's server.
   *
   * @throws {Error} When `ip` refuses; nothing is left behind then.
   */
  static async start(options: { loadMs?: number } = {}): Promise<RemoteHost> {
    const host = new RemoteHost(options.loadMs ?? 0);
    try {
      await fetchDependencies();
      host.#writeNames();
      await host.#addNamespace(host.#bot);
      await host.#addNamespace(host.#nextGpu());
      const ends = [host.#bot, "type", "veth", "peer", "name", LINK, "netns", host.#gpu];
      await ip("link", "add", "name", LINK, "netns", ...ends);
      await host.#configure(host.#bot, BOT);
      await host.#serve();
      return host;
    } catch (error) {
      await host[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The model's server. */
  get server(): Child {
    if (!this.#server) throw new Error("Cannot read the server: the host is off");
    return this.#server;
  }

  /** Runs a script of this folder on the bot's side. */
  onBotSide(script: string): Child {
    return new Child({ prefix: this.prefix, script });
  }

  /** Neither side has a carrier any more. */
  async pullCable(): Promise<void> {
    await ip("-n", this.#gpu, "link", "set", LINK, "down");
  }

  /** Undoes {@linkcode RemoteHost.pullCable}. */
  async plugCable(): Promise<void> {
    await ip("-n", this.#gpu, "link", "set", LINK, "up");
  }

  /** The host drops all packets silently. */
  async dropPackets(): Promise<void> {
    await ip("-n", this.#gpu, "route", "add", "blackhole", `${BOT}/32`);
  }

  /** Undoes {@linkcode RemoteHost.dropPackets}. */
  async passPackets(): Promise<void> {
    await ip("-n", this.#gpu, "route", "del", "blackhole", `${BOT}/32`);
  }

  /** The power fails: no connection is closed. */
  async powerOff(): Promise<void> {
    await this.pullCable();
    await this.#server?.kill();
    this.#server = undefined;
  }

  /** After {@linkcode RemoteHost.powerOff}: the host knows nothing of its former connections. */
  async boot(): Promise<void> {
    const former = this.#gpu;
    await this.#addNamespace(this.#nextGpu());
    await ip("-n", former, "link", "set", LINK, "netns", this.#gpu);
    await this.#serve();
  }

  /** Both of them; the server listens again at the same address. */
  async reboot(): Promise<void> {
    await this.powerOff();
    await this.boot();
  }

  /** The server alone is started anew: its connections are closed. */
  async restartServer(): Promise<void> {
    await this.#server?.kill();
    this.#server = undefined;
    await this.#startServer();
  }

  /** The bot's side does not know the host's name any more, and its name server is gone. */
  forgetName(): void {
    this.#writeHosts("");
  }

  /** Undoes {@linkcode RemoteHost.forgetName}. */
  restoreName(): void {
    this.#writeHosts(`${GPU} ${NAME}\n`);
  }

  /** Ends the server, and takes away both sides. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server?.kill();
    this.#server = undefined;
    // A connection that still lingers would keep its side, and the cable with it.
    await ip("-n", this.#bot, "link", "del", LINK).catch(() => {});
    for (const name of this.#namespaces.splice(0)) await ip("netns", "del", name);
    await Deno.remove(`/etc/netns/${this.#bot}`, { recursive: true }).catch(() => {});
    // Stays when another host has its names there.
    await Deno.remove("/etc/netns").catch(() => {});
  }

  #nextGpu(): string {
    return this.#gpu = `${this.#gpuBase}-${++this.#boots}`;
  }

  async #addNamespace(name: string): Promise<void> {
    await ip("netns", "add", name);
    this.#namespaces.push(name);
    await ip("-n", name, "link", "set", "lo", "up");
  }

  async #configure(namespace: string, address: string): Promise<void> {
    await ip("-n", namespace, "addr", "add", `${address}/24`, "dev", LINK);
    await ip("-n", namespace, "link", "set", LINK, "up");
  }

  async #serve(): Promise<void> {
    await this.#configure(this.#gpu, GPU);
    await this.#startServer();
  }

  async #startServer(): Promise<void> {
    this.#server = new Child({
      prefix: ["ip", "netns", "exec", this.#gpu],
      script: "remote_ollama.ts",
      args: [GPU, String(PORT), String(this.#loadMs)],
    });
    await this.#server.line(/^READY/);
  }

  /** `ip netns exec` shows these files in place of those in `/etc`. */
  #writeNames(): void {
    Deno.mkdirSync(`/etc/netns/${this.#bot}`, { recursive: true });
    Deno.writeTextFileSync(`/etc/netns/${this.#bot}/resolv.conf`, "nameserver 127.0.0.1\n");
    this.restoreName();
  }

  #writeHosts(more: string): void {
    const path = `/etc/netns/${this.#bot}/hosts`;
    // Written in place: those who have it open as `/etc/hosts` see the change.
    Deno.writeTextFileSync(path, `127.0.0.1 localhost\n${more}`);
  }
}

/** Nothing can be downloaded from within a namespace. */
async function fetchDependencies(): Promise<void> {
  const scripts = ["main.ts", "tests/fakes/remote_channel.ts", "tests/fakes/remote_ollama.ts"];
  await run(Deno.execPath(), ["cache", "--quiet", "--no-check", ...scripts]);
}

function ip(...args: string[]): Promise<void> {
  return run("ip", args);
}

async function run(command: string, args: string[]): Promise<void> {
  const cwd = new URL("../../", import.meta.url);
  const { success, stderr } = await new Deno.Command(command, { args, cwd }).output();
  if (success) return;
  const found = new TextDecoder().decode(stderr).trim();
  throw new Error(`Cannot run ${command} ${args.join(" ")}: ${found}`);
}
