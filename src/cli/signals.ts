import { getLogger } from "@logtape/logtape";

const log = getLogger(["rosey", "bot"]);

const windows = Deno.build.os === "windows";
const reloads = !windows && !Deno.stderr.isTerminal();

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

/** Calls `reload` on each SIGHUP, one call after another. Logs a call that fails. */
export function onReload(reload: () => Promise<void>): Disposable {
  let last = Promise.resolve();
  const onSignal = () => {
    last = last.then(reload).catch((error) => log.error("Cannot reload: {error}", { error }));
  };
  if (reloads) Deno.addSignalListener("SIGHUP", onSignal);
  return {
    [Symbol.dispose]: () => {
      if (reloads) Deno.removeSignalListener("SIGHUP", onSignal);
    },
  };
}
