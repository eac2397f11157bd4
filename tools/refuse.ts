/** Ends a tool with exit code 2 after an unknown argument. */
export function refuse(arg: string): never {
  console.error(`unknown argument ${arg}`);
  Deno.exit(2);
}
