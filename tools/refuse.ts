/**
 * Ends a tool that was given an argument it cannot use: shows the comment at the top of its file, with
 * exit code 2, or 0 for `--help`.
 */
export function refuse(arg: string): never {
  const source = Deno.readTextFileSync(new URL(Deno.mainModule));
  const [, comment = ""] = /^\/\*\*\n([^]*?)\n \*\//.exec(source) ?? [];
  const usage = comment.replace(/^ \*(?: |$)/gm, "");
  if (arg === "--help" || arg === "-h") {
    console.log(usage);
    Deno.exit(0);
  }
  console.error(`cannot use the argument ${arg}\n\n${usage}`);
  Deno.exit(2);
}
