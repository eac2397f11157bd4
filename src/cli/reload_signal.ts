import { getLogger } from "@logtape/logtape";
import { reloads } from "./signals.ts";

const log = getLogger(["rosey", "bot"]);

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
