/** `rosey check` as a child process. */
import { CLEAN_ENV, program } from "./rosey.ts";

export interface Result {
  readonly code: number;
  readonly lines: readonly string[];
  readonly errors: string;
}

/** Runs `rosey check` with a configuration. */
export async function check(
  config: unknown,
  { args = [], env = {} }: { args?: string[]; env?: Record<string, string> } = {},
): Promise<Result> {
  const folder = Deno.makeTempDirSync({ prefix: "rosey-check-" });
  try {
    const { code, stdout, stderr } = await command(folder, config, args, env).output();
    const [text, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    return { code, lines: text!.split("\n"), errors: errors! };
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

export function command(
  folder: string,
  config: unknown,
  args: string[] = [],
  env: Record<string, string> = {},
): Deno.Command {
  const path = `${folder}/config.json`;
  Deno.writeTextFileSync(path, JSON.stringify(config));
  const { command, args: before } = program();
  return new Deno.Command(command, {
    args: [...before, "check", "--config", path, ...args],
    cwd: new URL("../../", import.meta.url),
    env: { ...CLEAN_ENV, ...env },
    stdout: "piped",
    stderr: "piped",
  });
}

/** An `llm` section without a server. */
export const LLM = { enabled: true, model: "rosey-demo" };
