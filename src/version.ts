import manifest from "../deno.json" with { type: "json" };

/** Defined by the bundler. */
declare const ROSEY_COMMIT: string | undefined;

export interface Build {
  readonly version: string;
  /** `source` when the program was not built. */
  readonly commit: string;
  readonly deno: string;
  readonly target: string;
}

/** How the bot names itself to the site and to model servers. */
export const USER_AGENT = `Rosey/${manifest.version}`;

export const BUILD: Build = {
  version: manifest.version,
  commit: typeof ROSEY_COMMIT === "string" ? ROSEY_COMMIT : "source",
  deno: Deno.version.deno,
  target: Deno.build.target,
};

/** How an operator starts the program, for messages with a command. */
export const PROGRAM = BUILD.commit === "source" ? "deno task start" : "rosey";
