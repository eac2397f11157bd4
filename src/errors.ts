/** 77 and 78 are those of BSD's `sysexits.h`. */
export const EXIT = { ok: 0, failure: 1, usage: 2, refused: 77, config: 78 } as const;

export class ConfigError extends Error {
  override readonly name = "ConfigError";
  /** Those of the problems that do not prevent its use, such as a misspelled key. */
  readonly warnings: readonly string[];

  /** @param problems One sentence for each problem, in the order of the file. */
  constructor(
    readonly path: string,
    readonly problems: readonly string[],
    { warnings = [], ...options }: ErrorOptions & { readonly warnings?: readonly string[] } = {},
  ) {
    super(`Cannot use ${path} as configuration: ${problems.join("; ")}`, options);
    this.warnings = warnings;
  }
}

/** The channel refuses the bot permanently, such as with a wrong password or a ban. */
export class ChannelRefusedError extends Error {
  override readonly name = "ChannelRefusedError";
}

/**
 * Why the bot is out of a channel: `lost`, it comes back soon; `kicked`, it stays out, longer each
 * time; `name_in_use`, another session uses the account, so it checks that before it logs in again;
 * `name_hidden`, the channel did not let it check.
 */
export type DisconnectKind = "lost" | "kicked" | "name_in_use" | "name_hidden";

/** The channel cannot be joined or was lost; a reconnect may succeed. */
export class ChannelUnavailableError extends Error {
  override readonly name = "ChannelUnavailableError";
  /** The pause in milliseconds that the server wants before the next try. */
  readonly waitMs: number;
  readonly kind: DisconnectKind;
  /** What an operator can do about it; the message has it, too. */
  readonly hint?: string;

  constructor(
    readonly reason: string,
    options: ErrorOptions & { waitMs?: number; kind?: DisconnectKind; hint?: string } = {},
  ) {
    super(options.hint === undefined ? reason : `${reason}; ${options.hint}`, options);
    this.hint = options.hint;
    this.waitMs = options.waitMs ?? 0;
    this.kind = options.kind ?? "lost";
  }
}

export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Why a file cannot be read or written, without names of files and Deno's advice about flags. */
export function fileProblem(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "there is no such file or folder";
  if (error instanceof Deno.errors.PermissionDenied) return "permission denied";
  if (error instanceof Deno.errors.IsADirectory) return "it is a folder";
  if (error instanceof Deno.errors.NotCapable) {
    return "the bot may not use devices and system files";
  }
  return errorMessage(error);
}
