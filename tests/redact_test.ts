import { assertEquals } from "@std/assert";
import { redactor } from "../src/redact.ts";
import { test } from "./testing.ts";

test("redactor takes the longest secret first and leaves short words alone", () => {
  const redact = redactor(["pass", "password1", "abc", ""]);
  assertEquals(redact("password1 pass abc"), "[redacted] [redacted] abc");
  assertEquals(redactor([])("nothing to hide"), "nothing to hide");
});

test("redactor accepts any text as a secret", () => {
  assertEquals(redactor(["\ud800half", "$&.*"])("x $&.* y"), "x [redacted] y");
});

test("redactor finds a secret as it is, in JSON and in URLs", () => {
  const redact = redactor(['p"a/ss w?rd']);
  assertEquals(redact('as it is: p"a/ss w?rd'), "as it is: [redacted]");
  assertEquals(redact(JSON.stringify('p"a/ss w?rd')), '"[redacted]"');
  assertEquals(redact("p%22a%2Fss%20w%3Frd p%22a/ss%20w?rd"), "[redacted] [redacted]");
  assertEquals(redact('"p\\"a\\/ss w?rd"'), '"[redacted]"');
  assertEquals(redact("p%22a%2fss%20w%3frd"), "[redacted]");
});
