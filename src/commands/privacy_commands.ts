/** What users decide about their own lines. Exempt from the rate limit. */
import type { Command } from "./command.ts";

export const PRIVACY_COMMANDS: readonly Command[] = [
  {
    name: "optout",
    help: "I leave you alone and remember nothing of you",
    access: "everyone",
    unlimited: true,
    run({ user, chat, names }) {
      chat.controls.optOut(user);
      return `${user}: I leave you alone and have forgotten what you said. ${
        names.typed("optin") ?? "A moderator"
      } ends that.`;
    },
  },
  {
    name: "optin",
    help: "I answer you again",
    access: "everyone",
    unlimited: true,
    run: ({ user, chat }) =>
      chat.controls.optIn(user) ? `${user}: good to have you back.` : `${user}: you never left.`,
  },
  {
    name: "forget",
    help: "I forget what you and I have said",
    access: "everyone",
    unlimited: true,
    run({ user, chat }) {
      chat.controls.forget(user);
      return `${user}: forgotten.`;
    },
  },
];
