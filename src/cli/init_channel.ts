/** The questions of `rosey init` about the site, the channel and the account. */
import { checkChannel, checkSite } from "../check/channel.ts";
import type { Finding } from "../check/finding.ts";
import { siteUrl } from "../config/ollama_host.ts";
import type { Draft } from "../migrate/rule.ts";
import { redactor } from "../redact.ts";
import { ANYBODY, loaded, type Setup, show, text, untilGood } from "./init_answer.ts";
import type { Questions } from "./questions.ts";

const SITE = "https://cytu.be";
/** Findings that ask for the password of the channel, not of the account. */
const WANTS_PASSWORD = /asks for a(?:nother)? password|needs a password|password is another one/;

export async function askSite(setup: Setup): Promise<void> {
  const { draft, flags, signal } = setup;
  await untilGood(setup, {
    question: "CyTube site",
    flag: "--domain",
    given: flags.domain,
    fallback: text(draft.domain) ?? SITE,
    test: async (answer) => {
      draft.domain = siteUrl(answer);
      const { settings, secrets } = loaded(setup, { ...ANYBODY, domain: draft.domain });
      return await checkSite(settings.domain, { signal, redact: redactor(secrets) });
    },
  });
}

export async function askChannel(setup: Setup): Promise<void> {
  const { draft, flags } = setup;
  const [oldName, ...password] = [draft.channel].flat();
  await untilGood(setup, {
    question: "Channel",
    flag: "--channel",
    given: flags.channel,
    fallback: text(oldName),
    test: async (name) => {
      // The old password is tried once: if it cannot be read, the operator is asked for it later.
      const [kept] = name === oldName ? password.splice(0) : [];
      draft.channel = kept === undefined ? name : [name, kept];
      const findings = await tested(setup, { ...ANYBODY, channel: draft.channel });
      return findings.filter(({ level }) => level !== "note");
    },
  });
}

/** Asks for the bot's account. Returns what is known of the channel then. */
export async function askUser(setup: Setup): Promise<readonly Finding[]> {
  const { draft, flags, questions } = setup;
  let isRefused = false;
  return await untilGood(setup, {
    question: "Bot's user name",
    flag: "--user",
    given: flags.user,
    fallback: text([draft.user].flat()[0]),
    test: async (name) => {
      loaded(setup, { ...ANYBODY, user: name });
      const [oldName, oldPassword] = [draft.user].flat();
      const known = oldName === name && !isRefused ? oldPassword : undefined;
      draft.user = await withPassword(name, known, questions);
      const tests = () =>
        tested(setup, { channel: draft.channel, user: draft.user }, { login: true });
      const findings = await tests();
      isRefused = findings.some(({ found }) => found.startsWith("Cannot log in"));
      const isClosed = findings.some(({ found }) => WANTS_PASSWORD.test(found));
      if (!isClosed || questions.unattended) return findings;
      show(findings.slice(1));
      const [channel] = [draft.channel].flat();
      const password = await questions.ask("The channel's password", { secret: true });
      draft.channel = [channel, password];
      return await tests();
    },
  });
}

/** A password of the environment stays there. */
async function withPassword(name: string, old: unknown, questions: Questions): Promise<unknown> {
  if (Deno.env.get("ROSEY_PASSWORD")) {
    console.log("Password: that of the variable ROSEY_PASSWORD");
    return [name, { env: "ROSEY_PASSWORD" }];
  }
  const question = old ? "Password (Enter: as before)" : "Password (Enter: none, be a guest)";
  const password = await questions.ask(question, { secret: true, fallback: "" }) || old;
  return password ? [name, password] : name;
}

/** Tests the channel, and with `login` the account. */
async function tested(
  setup: Setup,
  part: Draft,
  { login = false } = {},
): Promise<readonly Finding[]> {
  const { settings, secrets } = loaded(setup, { domain: setup.draft.domain, ...part });
  return await checkChannel(settings, { login, signal: setup.signal, redact: redactor(secrets) });
}
