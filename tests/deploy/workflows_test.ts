import { assertGreaterOrEqual, assertMatch } from "@std/assert";
import { test } from "../testing.ts";

const WORKFLOWS = new URL("../../.github/workflows/", import.meta.url);

test("every action is pinned to a commit, with its version beside it", () => {
  const used = [...Deno.readDirSync(WORKFLOWS)].flatMap(({ name }) => {
    const text = Deno.readTextFileSync(new URL(name, WORKFLOWS));
    return [...text.matchAll(/\buses: (.*)$/gm)].map(([, action]) => action!);
  });
  assertGreaterOrEqual(used.length, 4);
  for (const action of used) assertMatch(action, /^[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
});
