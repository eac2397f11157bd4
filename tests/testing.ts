/** Registers a test with Deno's leak sanitizers on, whichever way this Deno's default is set. */
export function test(
  name: string,
  fn: (t: Deno.TestContext) => void | Promise<void>,
  options: Omit<Deno.TestDefinition, "name" | "fn"> = {},
): void {
  Deno.test({ name, fn, sanitizeOps: true, sanitizeResources: true, ...options });
}
