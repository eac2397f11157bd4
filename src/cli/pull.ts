import { systemClock } from "../clock.ts";
import { serversOf } from "../config/servers.ts";
import { EXIT } from "../errors.ts";
import { ProviderError } from "../llm/errors.ts";
import { canPull } from "../llm/make_providers.ts";
import type { Provider } from "../llm/provider.ts";
import { oneLine } from "../one_line.ts";
import { writeText } from "../output.ts";
import type { RunOptions } from "./arguments.ts";
import type { PullFlags } from "./flags.ts";
import { loadAndWarn, usableServers } from "./open_models.ts";
import { openPrinter, progressText, sizeText, TransferRate } from "./pull_progress.ts";

/**
 * `rosey pull`: makes every configured Ollama server pull a model, one after another.
 *
 * @throws {ConfigError} When the configuration cannot be read.
 */
export async function pull(
  flags: PullFlags,
  { argument: model, signal }: RunOptions,
): Promise<number> {
  const { settings: { llm }, path } = loadAndWarn(flags);
  const servers = serversOf(llm).filter(canPull);
  if (servers.length === 0) {
    console.error(
      `✗ Cannot pull: llm.provider is ${llm.provider}, and only Ollama pulls a model when asked\n` +
        "    → load the model with the server's own program, or set llm.provider to ollama",
    );
    return EXIT.failure;
  }
  const { usable, hasMistakes } = usableServers(
    servers.map((server) => ({ ...server, model: model ?? server.model })),
    path,
  );
  if (usable.length === 0) return EXIT.config;
  try {
    let failed = hasMistakes;
    for (const { provider } of usable) {
      if (!await pullOnto(provider, signal)) failed = true;
      if (signal.aborted) break;
    }
    return failed ? EXIT.failure : EXIT.ok;
  } finally {
    for (const { provider } of usable) provider.close();
  }
}

/** Returns whether the server has the model now. */
async function pullOnto(provider: Provider, signal: AbortSignal): Promise<boolean> {
  const { model, host } = provider;
  const printer = openPrinter();
  const rate = new TransferRate(systemClock);
  try {
    writeText(Deno.stdout, oneLine(`Pulling ${model} on ${host}`) + "\n");
    // Fails in seconds if the server is down; a pull has a much longer timeout.
    await provider.probe(signal);
    const bytes = await provider.pull!(model, {
      signal,
      onProgress: (progress) => {
        const bytesPerSecond = rate.measure(progress.receivedBytes);
        printer.show(oneLine(`  ${progressText(progress, bytesPerSecond)}`));
      },
    });
    printer.end();
    const size = bytes > 0 ? ` (${sizeText(bytes)})` : "";
    writeText(Deno.stdout, oneLine(`✓ ${model} is on ${host}${size}`) + "\n");
    return true;
  } catch (error) {
    printer.end();
    if (!(error instanceof ProviderError)) throw error;
    const said = signal.aborted
      ? [`rosey pull: stopped; ${host} keeps what it has, the same command goes on from there`]
      : [`✗ Cannot pull ${model} on ${host}: ${error.reason}`, `    → ${error.hint}`];
    for (const line of said) console.error(oneLine(line));
    return false;
  }
}
