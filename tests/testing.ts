/** What a test may need beside Deno. */
export type Need = "linux" | "openssl";

/** Registers a test with Deno's leak sanitizers on, whichever way this Deno's default is set. */
export function test(
  name: string,
  fn: (t: Deno.TestContext) => void | Promise<void>,
  options: { readonly needs?: Need } = {},
): void {
  const ignore = options.needs !== undefined && !has(options.needs);
  if (ignore) console.log(`SKIPPED for want of ${options.needs}: ${name}`);
  Deno.test({ name, fn, ignore, sanitizeOps: true, sanitizeResources: true });
}

function has(need: Need): boolean {
  if (need === "linux") return Deno.build.os === "linux";
  try {
    return new Deno.Command(need, { args: ["version"], stdout: "null" }).outputSync().success;
  } catch {
    return false;
  }
}
