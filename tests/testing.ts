/** What a test may need beside Deno. */
export type Need = keyof typeof COMMANDS | "linux" | "namespaces";

/** Programs, and what they are asked to find out whether they are there. */
const COMMANDS = {
  "busybox": ["--help"],
  "chromium": ["--version"],
  "dash": ["-c", ":"],
  "groff": ["--version"],
  "nginx": ["-v"],
  "openssl": ["version"],
  "promtool": ["--version"],
  "script": ["--version"],
  "shellcheck": ["--version"],
  "shfmt": ["--version"],
  "systemd-analyze": ["--version"],
  "wget": ["--version"],
};

/** Registers a test with Deno's leak sanitizers on, whichever way this Deno's default is set. */
export function test(
  name: string,
  fn: (t: Deno.TestContext) => void | Promise<void>,
  options: { readonly needs?: Need | readonly Need[] } = {},
): void {
  const missing = [options.needs ?? []].flat().find((need) => !has(need));
  const ignore = missing !== undefined;
  if (ignore) console.log(`SKIPPED for want of ${missing}: ${name}`);
  Deno.test({ name, fn, ignore, sanitizeOps: true, sanitizeResources: true });
}

function has(need: Need): boolean {
  if (need === "linux") return Deno.build.os === "linux";
  if (need === "namespaces") return namespaces ??= canMakeNamespaces();
  try {
    const args = COMMANDS[need];
    return new Deno.Command(need, { args, stdout: "null", stderr: "null" }).outputSync().success;
  } catch {
    return false;
  }
}

let namespaces: boolean | undefined;

/** Root alone may, and not in every container. */
function canMakeNamespaces(): boolean {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return false;
  const name = `rosey-need-${Deno.pid}-${crypto.randomUUID().slice(0, 8)}`;
  if (!ip("netns", "add", name)) return false;
  const joined = ip("-n", name, "link", "add", "name", "one", "type", "veth");
  return ip("netns", "del", name) && joined;
}

function ip(...args: string[]): boolean {
  try {
    return new Deno.Command("ip", { args, stdout: "null", stderr: "null" }).outputSync().success;
  } catch {
    return false;
  }
}

/** Milliseconds of the fastest of some runs: other programs only add to the time. */
export function fastestMs(run: () => void): number {
  const times = Array.from({ length: 4 }, () => {
    const begun = performance.now();
    run();
    return performance.now() - begun;
  });
  return Math.min(...times);
}
