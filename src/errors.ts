/** Exit codes; 77 and 78 are those of BSD's `sysexits.h`. */
export const EXIT = { ok: 0, failure: 1, usage: 2, refused: 77, config: 78 } as const;

/** The configuration cannot be used. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly path: string;
  /** One sentence for each problem, in the order of the file. */
  readonly problems: readonly string[];

  constructor(path: string, problems: readonly string[], options?: ErrorOptions) {
    super(`Cannot use ${path} as configuration: ${problems.join("; ")}`, options);
    this.path = path;
    this.problems = problems;
  }
}

/** The channel refuses the bot permanently, such as with a wrong password or a ban. */
export class ChannelRefusedError extends Error {
  override readonly name = "ChannelRefusedError";
}

/**
 * How long to stay out of a channel: `lost`, come back soon; `kicked`, stay out, longer each time;
 * `elsewhere`, another session uses the name, so look before entering.
 */
export type Absence = "lost" | "kicked" | "elsewhere";

/** The channel cannot be joined or was lost; a reconnect may succeed. */
export class ChannelUnavailableError extends Error {
  override readonly name = "ChannelUnavailableError";
  /** The minimal time before a reconnect that the server demands. */
  readonly waitMs: number;
  readonly absence: Absence;

  constructor(
    message: string,
    options: ErrorOptions & { waitMs?: number; absence?: Absence } = {},
  ) {
    super(message, options);
    this.waitMs = options.waitMs ?? 0;
    this.absence = options.absence ?? "lost";
  }
}

export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Replaces Deno's advice about permission flags. */
export function fileErrorMessage(error: unknown): string {
  return error instanceof Deno.errors.NotCapable
    ? "the bot may not write devices and system files"
    : errorMessage(error);
}
