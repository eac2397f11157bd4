/** Ends a tool whose arguments hold one that it does not know. */
export function refuse(arg: string): never {
  console.error(`unknown argument ${arg}`);
  Deno.exit(2);
}
