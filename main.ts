import { main } from "./src/cli/program.ts";
import { StopSignal, stopSignals } from "./src/cli/signals.ts";

if (import.meta.main) {
  // With this variable the `debug` package of socket.io prints every frame, passwords included.
  Deno.env.delete("DEBUG");
  const stop = new AbortController();
  for (const signal of stopSignals()) {
    Deno.addSignalListener(signal, () => {
      // The second signal ends the program at once.
      if (stop.signal.aborted) Deno.exit(130);
      stop.abort(new StopSignal(signal));
    });
  }
  Deno.exit(await main(Deno.args, stop.signal));
}
