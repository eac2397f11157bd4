import { assertEquals } from "@std/assert";
import { headerSecrets, redactor } from "../src/redact.ts";
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

test("the secrets in a header are its token, its password and its long parts", () => {
  assertEquals(headerSecrets("Bearer abc"), ["abc"]);
  assertEquals(headerSecrets(`basic ${btoa("bot:pw:1")}`), [btoa("bot:pw:1"), "pw:1"]);
  assertEquals(headerSecrets("Basic not-base64"), ["not-base64", "not-base64"]);
  const cookies = "CF_Authorization=a1b2c3d4; lang=en";
  assertEquals(headerSecrets(cookies), [cookies, "CF_Authorization", "a1b2c3d4"]);
});
