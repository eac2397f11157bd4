const windows = Deno.build.os === "windows";
/** Whether SIGHUP reloads the configuration. */
export const reloads = !windows && !Deno.stderr.isTerminal();

/** Why the program stops: the operator's signal. */
export class StopSignal extends Error {
  override readonly name = "StopSignal";

  constructor(signal: Deno.Signal) {
    super(signal);
  }
}

/** The signals that end the program. SIGHUP reloads a service, and ends the program in a terminal. */
export function stopSignals(): Deno.Signal[] {
  if (windows) return ["SIGINT", "SIGBREAK"];
  return reloads ? ["SIGINT", "SIGTERM"] : ["SIGINT", "SIGTERM", "SIGHUP"];
}
