/** What {@linkcode parseArgs} knows of the arguments. */
export interface ParseOptions<Text extends string, Switch extends string, List extends string> {
  /** Flags with a value; `"_"` keeps positional arguments from becoming numbers. */
  string?: readonly Text[];
  /** Flags without a value. */
  boolean?: readonly Switch[];
  /** Flags that may be repeated. */
  collect?: readonly List[];
  /** Other names, by flag. */
  alias?: Record<string, string | readonly string[]>;
  /** Called with every argument that is not a known flag; `false` leaves it out. */
  unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

/** Values by flag; `_` holds the positional arguments. */
export type Args<Text extends string, Switch extends string, List extends string> =
  & { [Name in Exclude<Text, List | "_">]?: string }
  & { [Name in Switch]: boolean }
  & { [Name in List]: string[] }
  & { [name: string]: unknown; _: Array<string | number> };

export function parseArgs<
  const Text extends string = never,
  const Switch extends string = never,
  const List extends string = never,
>(args: string[], options?: ParseOptions<Text, Switch, List>): Args<Text, Switch, List>;
