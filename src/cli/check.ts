import { checkChannel } from "../check/channel.ts";
import {
  checkConfiguration,
  nothingToWatch,
  unusable,
  unusableServer,
} from "../check/configuration.ts";
import { type Finding, findingLines } from "../check/finding.ts";
import { checkServer, lookAt } from "../check/server.ts";
import { delay } from "../clock.ts";
import { loadConfig, type LoadedConfig } from "../config/load.ts";
import { ConfigError, EXIT } from "../errors.ts";
import type { Provider } from "../llm/provider.ts";
import { providersOf } from "../llm/make_providers.ts";
import { jsonText, oneLine } from "../one_line.ts";
import { redactor } from "../redact.ts";
import type { CheckFlags } from "./commands.ts";

/** `rosey check`: checks what the bot needs, or with `--watch` repeatedly the model servers. */
export async function check(flags: CheckFlags, signal: AbortSignal): Promise<number> {
  const about = `configuration ${flags.config}`;
  let config: LoadedConfig;
  try {
    config = loadConfig(flags.config, { flags });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    report(error.problems.map((problem) => unusable(problem, flags.config)), flags);
    return EXIT.config;
  }
  const { llm } = config.settings;
  const { providers, mistakes } = llm.enabled ? providersOf(llm) : { providers: [], mistakes: [] };
  const wrong = mistakes.map((found) => unusableServer(found, about));
  try {
    if (flags.watch !== undefined) {
      if (wrong.length > 0 || providers.length === 0) {
        report(wrong.length > 0 ? wrong : [nothingToWatch(about)], flags);
        return EXIT.config;
      }
      return await watch(providers, flags.watch, flags, signal);
    }
    const findings: Finding[] = [
      ...(mistakes.length === 0 ? [{ about, level: "ok", found: "it can be used" } as const] : []),
      ...checkConfiguration(config, about),
      ...wrong,
      ...await surroundings(config, providers, flags, signal),
    ];
    // Findings of aborted checks are incomplete.
    signal.throwIfAborted();
    report(findings, flags);
    return findings.some(({ level }) => level === "failure") ? EXIT.failure : EXIT.ok;
  } finally {
    for (const provider of providers) provider.close();
  }
}

async function surroundings(
  { settings, secrets }: LoadedConfig,
  providers: readonly Provider[],
  flags: CheckFlags,
  signal: AbortSignal,
): Promise<Finding[]> {
  const { login = false, ask = false } = flags;
  const options = { signal, redact: redactor(secrets) };
  const found = await Promise.all([
    checkChannel(settings, { login, ...options }),
    ...providers.map((provider) => checkServer(provider, settings.llm, { ask, ...options })),
  ]);
  return found.flat();
}

function report(findings: readonly Finding[], flags: CheckFlags): void {
  if (flags.json) {
    const ok = findings.every(({ level }) => level !== "failure");
    console.log(jsonText({ ok, findings }));
    return;
  }
  const colours = Deno.stdout.isTerminal() && !Deno.env.get("NO_COLOR");
  for (const line of findingLines(findings, { colours })) console.log(line);
  const failures = findings.filter(({ level }) => level === "failure").length;
  console.log(failures === 0 ? "\nAll is well." : `\nTo be mended: ${failures}.`);
}

/** Prints one line per server and interval. */
async function watch(
  providers: readonly Provider[],
  seconds: number,
  flags: CheckFlags,
  signal: AbortSignal,
): Promise<number> {
  while (!signal.aborted) {
    const looks = await Promise.all(providers.map((provider) => lookAt(provider, signal)));
    if (signal.aborted) break;
    const time = new Date().toISOString();
    for (const { host, label, latencyMs, reason } of looks) {
      const ok = latencyMs !== undefined;
      const words = ok ? `OK, ${latencyMs.toFixed(1)} ms` : `DOWN: ${reason}`;
      const line = flags.json
        ? jsonText({ time, host, ok, latencyMs, reason })
        : oneLine(`${time} ${label} at ${host}: ${words}`);
      console.log(line);
    }
    await delay(seconds * 1000, { signal }).catch(() => {});
  }
  return EXIT.ok;
}
