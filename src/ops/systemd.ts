/** Messages to the service manager. Source: sd_notify(3), sd_watchdog_enabled(3). */
import { getLogger } from "@logtape/logtape";
import { within } from "../clock.ts";
import { oneLine } from "../one_line.ts";
import type { BotReport } from "../report.ts";
import { statusLine } from "./status_line.ts";

const log = getLogger(["rosey", "service"]);

const STATUS_INTERVAL_MS = 1000;
/** Messages that wait while the service manager does not read. */
const MAX_WAITING = 64;
const CLOSE_TIMEOUT_MS = 1000;

/** Tells the service manager that the bot is ready, its status, and that it is alive. */
export class SystemdService implements AsyncDisposable {
  readonly #socket: Deno.DatagramConn;
  readonly #socketPath: string;
  readonly #manager: Deno.UnixAddr;
  readonly #report: () => BotReport;
  readonly #timers: ReturnType<typeof setInterval>[] = [];
  #status = "";
  #sending = Promise.resolve();
  #waiting = 0;
  #failing = false;

  private constructor(socketPath: string, manager: string, report: () => BotReport) {
    this.#socketPath = socketPath;
    this.#socket = Deno.listenDatagram({ transport: "unixpacket", path: socketPath });
    // The name of an abstract socket begins with a zero byte, which the variable writes as @.
    this.#manager = { transport: "unixpacket", path: manager.replace(/^@/, "\0") };
    this.#report = report;
    // Ready even if the channel cannot be reached: a restart would not help.
    this.#send("READY=1", this.#newStatus());
    this.#timers.push(setInterval(() => {
      const before = this.#status;
      if (this.#newStatus() !== before) this.#send(this.#status);
    }, STATUS_INTERVAL_MS));
    const timeoutMs = watchdogMs();
    // Depends on the event loop only: an outage of another server must not cause a restart.
    if (timeoutMs) this.#timers.push(setInterval(() => this.#send("WATCHDOG=1"), timeoutMs / 2));
  }

  /** Returns undefined without a service manager. If it cannot be reached, logs why. */
  static open(report: () => BotReport): SystemdService | undefined {
    const manager = Deno.env.get("NOTIFY_SOCKET");
    if (!manager) return undefined;
    // A sender needs a socket of its own, which must be a file.
    const folder = Deno.env.get("RUNTIME_DIRECTORY")?.split(":")[0];
    try {
      if (!folder) throw new Error("the unit has no RuntimeDirectory=");
      return new SystemdService(`${folder}/notify-${Deno.pid}.sock`, manager, report);
    } catch (error) {
      log.warning("The service manager cannot be told anything: {error}", { error });
      return undefined;
    }
  }

  async reloading(reload: () => Promise<void>): Promise<void> {
    this.#send("RELOADING=1");
    try {
      await reload();
    } finally {
      // Without READY the manager assumes that the service hangs.
      this.#send("READY=1", this.#newStatus());
    }
  }

  stopping(): void {
    this.#send("STOPPING=1", "STATUS=stopping");
  }

  /** Sends what is left, for a second at most, and closes the socket. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await within(this.#sending, CLOSE_TIMEOUT_MS);
    this.#socket.close();
    const path = this.#socketPath;
    await Deno.remove(path).catch((error) => log.debug("{path} is left: {error}", { path, error }));
  }

  #newStatus(): string {
    return this.#status = `STATUS=${oneLine(statusLine(this.#report()))}`;
  }

  /** Keeps the order; drops what cannot be sent. */
  #send(...lines: string[]): void {
    if (this.#waiting >= MAX_WAITING) return;
    this.#waiting++;
    const message = new TextEncoder().encode(lines.join("\n"));
    this.#sending = this.#sending
      .then(async () => {
        await this.#socket.send(message, this.#manager);
        this.#failing = false;
      })
      .catch((error) => {
        // Warns once: systemd ends a unit that does not become ready.
        log[this.#failing ? "debug" : "warning"]("The service manager was not told: {error}", {
          error,
        });
        this.#failing = true;
      })
      .finally(() => this.#waiting--);
  }
}

/** The watchdog's timeout; 0 when it is off or meant for another process. */
function watchdogMs(): number {
  const pid = Deno.env.get("WATCHDOG_PID") || Deno.pid;
  const microseconds = Number(Deno.env.get("WATCHDOG_USEC"));
  return Number(pid) === Deno.pid && microseconds > 0 ? microseconds / 1000 : 0;
}
