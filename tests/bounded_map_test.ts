import { assertEquals } from "@std/assert";
import { BoundedMap } from "../src/bounded_map.ts";
import { test } from "./testing.ts";

test("bounded map evicts the entry that was set least recently, and reports it", () => {
  const evicted: string[] = [];
  const map = new BoundedMap<string, number>(2, { onEvicted: (key) => evicted.push(key) });
  map.set("a", 1).set("b", 2).set("a", 3);
  assertEquals([...map], [["b", 2], ["a", 3]]);
  map.set("c", 4);
  assertEquals([...map], [["a", 3], ["c", 4]]);
  assertEquals(evicted, ["b"]);
  map.delete("a");
  map.set("d", 5);
  assertEquals([...map], [["c", 4], ["d", 5]]);
  map.clear();
  assertEquals([map.size, evicted], [0, ["b"]]);
});
