import { assertEquals, assertGreaterOrEqual } from "@std/assert";
import { test } from "../testing.ts";
import { FAULT_ROWS } from "./fault_rows.ts";
import { missing, playRow } from "./fault_scene.ts";

test("the fault matrix has at least 60 rows with unique names", () => {
  const names = FAULT_ROWS.map((row) => row.name);
  assertEquals(names, [...new Set(names)]);
  assertGreaterOrEqual(names.length, 60, `${names.length} rows`);
});

for (const row of FAULT_ROWS) {
  const name = `fault ${row.kind}: ${row.name}`;
  const want = missing(row);
  if (want !== undefined) {
    console.log(`SKIPPED for want of ${want}: ${name}`);
    continue;
  }
  test(name, async () => {
    const { differences } = await playRow(row);
    assertEquals(differences, []);
  });
}
