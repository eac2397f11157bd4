import { main } from "./src/cli/program.ts";
import { stopSignals } from "./src/cli/signals.ts";

if (import.meta.main) {
  // With this variable the `debug` package of socket.io prints every frame, passwords included.
  Deno.env.delete("DEBUG");
  const stop = new AbortController();
  const onSignal = () => {
    // The second signal ends the program at once.
    if (stop.signal.aborted) Deno.exit(130);
    stop.abort();
  };
  for (const signal of stopSignals()) Deno.addSignalListener(signal, onSignal);
  Deno.exit(await main(Deno.args, stop.signal));
}
