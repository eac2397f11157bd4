/**
 * Rosey, a CyTube chat bot: `./rosey --config config.json`.
 *
 * @module
 */
import { main } from "./src/cli/program.ts";
import { stopSignals } from "./src/cli/signals.ts";

if (import.meta.main) {
  // The `debug` package inside socket.io prints every frame for it, with the passwords. A command loads
  // that package, so that it is not loaded yet.
  Deno.env.delete("DEBUG");
  const stop = new AbortController();
  const onSignal = () => {
    // Whoever asks twice does not want to wait.
    if (stop.signal.aborted) Deno.exit(130);
    stop.abort();
  };
  for (const signal of stopSignals()) Deno.addSignalListener(signal, onSignal);
  Deno.exit(await main(Deno.args, stop.signal));
}
