/**
 * One error class for every decision a caller can take; what was caught travels in `cause`.
 *
 * @module
 */

/** Exit codes that supervisors and scripts look at; 77 and 78 are those of BSD's `sysexits.h`. */
export const EXIT = { ok: 0, failure: 1, usage: 2, refused: 77, config: 78 } as const;

/** The configuration cannot be used: {@linkcode ConfigError.problems} lists all that is wrong. */
export class ConfigError extends Error {
  /** Tells it from other errors in logs. */
  override readonly name = "ConfigError";
  /** The file. */
  readonly path: string;
  /** One sentence for each problem, in the order of the file. */
  readonly problems: readonly string[];

  /**
   * Makes the error of one file.
   *
   * @param path The file that was read.
   * @param problems What is wrong with it.
   */
  constructor(path: string, problems: readonly string[], options?: ErrorOptions) {
    super(`Cannot use ${path} as configuration: ${problems.join("; ")}`, options);
    this.path = path;
    this.problems = problems;
  }
}

/** The channel refuses this bot for good: trying again would not help (wrong password, banned). */
export class ChannelRefusedError extends Error {
  /** Tells it from other errors in logs. */
  override readonly name = "ChannelRefusedError";
}

/**
 * Why the bot is out of a channel: `lost`, it comes back soon; `kicked`, it stays out, longer each
 * time; `name_in_use`, another session uses the account, so it checks that before it logs in again.
 */
export type DisconnectKind = "lost" | "kicked" | "name_in_use";

/** The channel could not be entered or was lost; another try may succeed. */
export class ChannelUnavailableError extends Error {
  /** Tells it from other errors in logs. */
  override readonly name = "ChannelUnavailableError";
  /** The pause in milliseconds that the server wants before the next try; default 0. */
  readonly waitMs: number;
  /** Default: `lost`. */
  readonly kind: DisconnectKind;

  constructor(
    message: string,
    options: ErrorOptions & { waitMs?: number; kind?: DisconnectKind } = {},
  ) {
    super(message, options);
    this.waitMs = options.waitMs ?? 0;
    this.kind = options.kind ?? "lost";
  }
}

/**
 * The text of whatever was thrown.
 *
 * @param error Anything.
 * @returns Its message, or the value as text.
 */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * Why a file could not be opened, without advice for those who build the program.
 *
 * @param error What was thrown.
 * @returns Words for an operator.
 */
export function fileErrorMessage(error: unknown): string {
  return error instanceof Deno.errors.NotCapable
    ? "devices and the system's own files are not for her to write"
    : errorMessage(error);
}
