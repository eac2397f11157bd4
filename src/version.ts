/**
 * What runs.
 *
 * @module
 */
import manifest from "../deno.json" with { type: "json" };

/** Put in its place when the program is bundled. */
declare const ROSEY_COMMIT: string | undefined;

/** Version, runtime, platform and commit. */
export interface Build {
  /** Of Rosey. */
  readonly version: string;
  /** The commit that was built; `source` where nothing was built. */
  readonly commit: string;
  /** Of Deno. */
  readonly deno: string;
  /** What it was built for. */
  readonly target: string;
}

/** The program that runs. */
export const BUILD: Build = {
  version: manifest.version,
  commit: typeof ROSEY_COMMIT === "string" ? ROSEY_COMMIT : "source",
  deno: Deno.version.deno,
  target: Deno.build.target,
};
