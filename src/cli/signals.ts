/**
 * What signals mean: a service that hears SIGHUP reads its configuration again; a program in a
 * terminal that is closed ends.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";

const log = getLogger(["rosey", "bot"]);

const windows = Deno.build.os === "windows";

function reloads(): boolean {
  return !windows && !Deno.stderr.isTerminal();
}

/**
 * Which signals end the program.
 *
 * @returns Their names on this platform.
 */
export function stopSignals(): Deno.Signal[] {
  if (windows) return ["SIGINT", "SIGBREAK"];
  return reloads() ? ["SIGINT", "SIGTERM"] : ["SIGINT", "SIGTERM", "SIGHUP"];
}

/**
 * Has the configuration read again each time that is asked for, one time after another. One that fails
 * is logged, and the next is tried all the same.
 *
 * @returns What ends it.
 */
export function onReload(reload: () => Promise<void>): Disposable {
  let last = Promise.resolve();
  const onSignal = () => {
    last = last.then(reload).catch((error) => log.error("Cannot reload: {error}", { error }));
  };
  if (reloads()) Deno.addSignalListener("SIGHUP", onSignal);
  return {
    [Symbol.dispose]: () => {
      if (reloads()) Deno.removeSignalListener("SIGHUP", onSignal);
    },
  };
}
