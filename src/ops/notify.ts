/**
 * Messages to the service manager. Source: sd_notify(3).
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import { within } from "../clock.ts";
import { oneLine } from "../one_line.ts";

const log = getLogger(["rosey", "service"]);

/** What can be told. */
export interface Notification {
  /** The bot works. */
  readonly READY?: "1";
  /** The configuration is read again; READY follows. */
  readonly RELOADING?: "1";
  /** The bot is on its way out. */
  readonly STOPPING?: "1";
  /** The bot is alive. */
  readonly WATCHDOG?: "1";
  /** For people. */
  readonly STATUS?: string;
}

/** Messages that wait for a service manager that does not listen just now. */
const MAX_WAITING = 64;
/** Limit of the wait for what is still to be sent. */
const CLOSE_MS = 1000;

/** The way to the service manager. */
export class Notifier {
  readonly #socket: Deno.DatagramConn;
  readonly #own: string;
  readonly #manager: Deno.UnixAddr;
  #sending = Promise.resolve();
  #waiting = 0;
  #failing = false;

  private constructor(socket: Deno.DatagramConn, own: string, manager: string) {
    this.#socket = socket;
    this.#own = own;
    this.#manager = { transport: "unixpacket", path: manager };
  }

  /**
   * Opens the way that the environment names.
   *
   * @param env Looks up a variable; default: the environment.
   * @returns Undefined where no service manager listens, or cannot be told; the log says why.
   */
  static open(
    env: (name: string) => string | undefined = (name) => Deno.env.get(name),
  ): Notifier | undefined {
    const manager = env("NOTIFY_SOCKET");
    if (!manager) return undefined;
    // What is sent from comes from a socket of one's own, and that has to be a file.
    const folder = env("RUNTIME_DIRECTORY")?.split(":")[0];
    if (!folder) {
      log.warning("The service manager cannot be told anything: the unit has no RuntimeDirectory=");
      return undefined;
    }
    const own = `${folder}/notify-${Deno.pid}.sock`;
    try {
      const socket = Deno.listenDatagram({ transport: "unixpacket", path: own });
      // A name in the abstract namespace begins with a zero byte, written as @.
      return new Notifier(socket, own, manager.replace(/^@/, "\0"));
    } catch (error) {
      log.warning("The service manager cannot be told anything: {error}", { error });
      return undefined;
    }
  }

  /**
   * Tells something. Messages arrive in order; one that cannot be sent is dropped.
   *
   * @param notification What.
   * @returns Resolves when it is sent.
   */
  send(notification: Notification): Promise<void> {
    if (this.#waiting >= MAX_WAITING) return this.#sending;
    this.#waiting++;
    const lines = Object.entries(notification).map(([name, value]) => `${name}=${oneLine(value)}`);
    const message = new TextEncoder().encode(lines.join("\n"));
    this.#sending = this.#sending
      .then(() => this.#socket.send(message, this.#manager))
      .then(() => void (this.#failing = false), (error) => this.#failed(error))
      .finally(() => this.#waiting--);
    return this.#sending;
  }

  /** A unit that waits for READY is ended for want of it: why must be seen, but not every second. */
  #failed(error: unknown): void {
    const level = this.#failing ? "debug" : "warning";
    this.#failing = true;
    log[level]("The service manager was not told: {error}", { error });
  }

  /** Closes the socket once everything is sent, at the latest after a second: the manager may not read. */
  async close(): Promise<void> {
    await within(this.#sending, CLOSE_MS);
    this.#socket.close();
    try {
      await Deno.remove(this.#own);
    } catch (error) {
      log.debug("{path} is left: {error}", { path: this.#own, error });
    }
  }
}

/**
 * How often the service manager wants to hear that the bot is alive.
 *
 * @param env Looks up a variable; default: the environment.
 * @returns Milliseconds; undefined where it does not want to.
 */
export function watchdogMs(
  env: (name: string) => string | undefined = (name) => Deno.env.get(name),
): number | undefined {
  const pid = env("WATCHDOG_PID");
  const microseconds = Number(env("WATCHDOG_USEC") || NaN);
  if (!(microseconds > 0) || (pid && Number(pid) !== Deno.pid)) return undefined;
  return microseconds / 1000;
}
