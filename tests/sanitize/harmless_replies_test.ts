import { assertEquals, assertGreaterOrEqual } from "@std/assert";
import { test } from "../testing.ts";
import { HARMLESS_REPLIES } from "./harmless_replies.ts";
import { trimmed } from "./trimmed.ts";

test("keeps harmless replies word for word", () => {
  assertGreaterOrEqual(HARMLESS_REPLIES.length, 200);
  for (const text of HARMLESS_REPLIES) {
    assertEquals(trimmed(text), { text, ended: false, reason: undefined });
  }
});

test("ends no harmless reply early", () => {
  for (const text of HARMLESS_REPLIES) {
    for (let end = 0; end <= text.length; end++) {
      const start = text.slice(0, end);
      assertEquals(trimmed(start).ended, false, JSON.stringify(start));
    }
  }
});
