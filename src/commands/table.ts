/**
 * What commands there are, and who may use them.
 *
 * @module
 */
import type { CommandName } from "../config/command_names.ts";

/** A command. */
export interface CommandInfo {
  /** What follows its name, as help shows it; empty for nothing. */
  readonly argument: string;
  /** What it is for. */
  readonly help: string;
  /** Whether only moderators may use it. */
  readonly moderators: boolean;
  /** Whether it is answered by private message wherever it was given. */
  readonly private: boolean;
}

function forAll(help: string, options: Partial<CommandInfo> = {}): CommandInfo {
  return { argument: "", help, moderators: false, private: false, ...options };
}

function forModerators(help: string, options: Partial<CommandInfo> = {}): CommandInfo {
  return forAll(help, { ...options, moderators: true });
}

/** All of them, in the order in which help lists them. */
export const COMMANDS: Readonly<Record<CommandName, CommandInfo>> = {
  help: forAll("what I can do", { argument: "[COMMAND]" }),
  np: forAll("what is playing"),
  missed: forAll("what was said while you were away", { private: true }),
  optout: forAll("I leave you alone and remember nothing of you"),
  optin: forAll("I answer you again"),
  forget: forAll("I forget what you and I have said"),
  pause: forModerators("I am silent"),
  resume: forModerators("I speak again"),
  reset: forModerators("I forget everything that was said"),
  ignore: forModerators("I never answer them", { argument: "NAME" }),
  unignore: forModerators("I answer them again", { argument: "NAME" }),
  model: forModerators("which model I use, or use another", { argument: "[NAME]" }),
  persona: forModerators("who I am, or be another", { argument: "[NAME]" }),
  status: forModerators("how I am"),
  why: forModerators("why I answered or kept silent", { argument: "[NAME]", private: true }),
};
