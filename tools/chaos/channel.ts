/** The faults of the channel: its server, its site, its moderators, the line to it. */
import { delay, within } from "../../src/clock.ts";
import { TcpProxy } from "../../tests/fakes/tcp_proxy.ts";
import { SoakChannel, type SoakChannelOptions } from "../soak/channel.ts";
import type { ChannelFault } from "./schedule.ts";

/** How long a late echo waits for a line. */
const LINE_MS = 5000;

/** A channel behind a site of its own, which may be away while the channel is there. */
export class ChaosChannel implements AsyncDisposable {
  readonly #channel: SoakChannel;
  readonly #link: TcpProxy;
  readonly #site: Deno.HttpServer<Deno.NetAddr>;
  readonly #closing = new AbortController();
  #isSiteAway = false;
  /** Nobody can say anything: no server listens. */
  #isDown = false;

  #onSent = () => {};

  private constructor(channel: SoakChannel) {
    this.#channel = channel;
    this.#link = new TcpProxy(channel.port);
    const { signal } = this.#closing;
    this.#site = Deno.serve(
      { hostname: "127.0.0.1", port: 0, signal, onListen: () => {} },
      (request) => this.#answer(request),
    );
  }

  static async start(options: SoakChannelOptions): Promise<ChaosChannel> {
    const onSent = (msg: string) => {
      chaos.#onSent();
      options.onSent?.(msg);
    };
    const chaos = new ChaosChannel(await SoakChannel.start({ ...options, onSent }));
    return chaos;
  }

  /** The address of the site. */
  get url(): string {
    return `http://127.0.0.1:${this.#site.addr.port}`;
  }

  get hasBot(): boolean {
    return !this.#isDown && this.#channel.hasBot;
  }

  /** Somebody says the next line. */
  say(): void {
    if (!this.#isDown) this.#channel.say();
  }

  /** Carries out a fault. `lost` is called when it ends the connection. */
  async inflict(kind: ChannelFault, seconds: number, lost: () => void): Promise<void> {
    const last = () => delay(seconds * 1000);
    switch (kind) {
      case "dropped":
        lost();
        this.#channel.drop();
        return;
      case "502 of the site":
        this.#isSiteAway = true;
        if (!this.#isDown) {
          lost();
          this.#channel.drop();
        }
        await last();
        this.#isSiteAway = false;
        return;
      case "kicked":
        lost();
        this.#channel.kick();
        return;
      case "muted":
        this.#channel.mute(true);
        await last();
        this.#channel.mute(false);
        return;
      case "restarted":
        this.#isDown = true;
        lost();
        await this.#channel.restart(false, last);
        this.#isDown = false;
        return;
      case "late echo":
        await within(this.#holdNextEcho(), LINE_MS);
        await last();
        this.#onSent = () => {};
        this.#link.release();
        return;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await this.#site.finished;
    await this.#channel[Symbol.asyncDispose]();
    await this.#link[Symbol.asyncDispose]();
  }

  /** The server has the bot's next line; the bot hears nothing from then on. */
  #holdNextEcho(): Promise<void> {
    return new Promise((resolve) => {
      this.#onSent = () => {
        this.#onSent = () => {};
        this.#link.hold();
        resolve();
      };
    });
  }

  #answer(request: Request): Response {
    if (this.#isSiteAway) {
      const headers = { "content-type": "text/html" };
      return new Response("<h1>502 Bad Gateway</h1>", { status: 502, headers });
    }
    const { pathname } = new URL(request.url);
    if (!pathname.startsWith("/socketconfig/")) return new Response("Not Found", { status: 404 });
    return Response.json({ servers: [{ url: this.#link.url, secure: false }] });
  }
}
