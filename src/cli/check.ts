import { checkChannel } from "../check/channel.ts";
import { checkConfiguration, unusable, unusableServer } from "../check/configuration.ts";
import { type Finding, findingLines } from "../check/finding.ts";
import { checkQuestion, checkServer, probeOnce } from "../check/server.ts";
import { delay } from "../clock.ts";
import { loadConfig, type LoadedConfig } from "../config/load.ts";
import { serversOf } from "../config/servers.ts";
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
  const servers = (llm.enabled ? serversOf(llm) : [])
    .map((server) => ({ server, ...providersOf([server]) }));
  const providers = servers.flatMap(({ providers }) => providers);
  const mistakes = servers.flatMap(({ mistakes }) => mistakes);
  const wrong = mistakes.map((found) => unusableServer(found, about));
  try {
    if (flags.watch !== undefined) {
      if (wrong.length === 0 && providers.length > 0) {
        return await watch(providers, { ...flags, seconds: flags.watch, signal });
      }
      const found = "llm.enabled is false: there is no server to watch";
      const off: Finding = { about, level: "failure", found, advice: "set llm.enabled to true" };
      report(wrong.length > 0 ? wrong : [off], flags);
      return EXIT.config;
    }
    const usable: Finding = { about, level: "ok", found: "it can be used" };
    const { login = false, ask = false } = flags;
    const question = ask ? checkQuestion(config.settings) : undefined;
    const parameters = config.settings.llm.persona.options;
    const options = { login, question, parameters, signal, redact: redactor(config.secrets) };
    const findings = (await Promise.all([
      mistakes.length === 0 ? [usable] : [],
      checkConfiguration(config, about),
      wrong,
      checkChannel(config.settings, options),
      ...servers.flatMap(({ server, providers }) =>
        providers.map((provider) => checkServer(provider, server, options))
      ),
    ])).flat();
    // Findings of aborted checks are incomplete.
    signal.throwIfAborted();
    report(findings, flags);
    return findings.some(({ level }) => level === "failure") ? EXIT.failure : EXIT.ok;
  } finally {
    for (const provider of providers) provider.close();
  }
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
  console.log(failures === 0 ? "\nNo failures." : `\nFailures: ${failures}.`);
}

/** Prints one line per server and interval. */
async function watch(
  providers: readonly Provider[],
  { seconds, json, signal }: { seconds: number; json?: boolean; signal: AbortSignal },
): Promise<number> {
  while (!signal.aborted) {
    const results = await Promise.all(providers.map((provider) => probeOnce(provider, signal)));
    if (signal.aborted) break;
    const time = new Date().toISOString();
    for (const { host, label, latencyMs, reason } of results) {
      const ok = latencyMs !== undefined;
      const words = ok ? `OK, ${latencyMs.toFixed(1)} ms` : `DOWN: ${reason}`;
      const line = json
        ? jsonText({ time, host, ok, latencyMs, reason })
        : oneLine(`${time} ${label} at ${host}: ${words}`);
      console.log(line);
    }
    await delay(seconds * 1000, { signal }).catch(() => {});
  }
  return EXIT.ok;
}
