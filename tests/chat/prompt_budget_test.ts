import { assertEquals } from "@std/assert";
import { PromptBudget } from "../../src/chat/prompt_budget.ts";
import { test } from "../testing.ts";

test("reserves tokens for the reply, at most half of a small context window", () => {
  const budget = new PromptBudget();
  budget.measured(3000, 1000);
  assertEquals(budget.maxChars(undefined), 24_000);
  assertEquals(budget.maxChars(4096), (4096 - 768) * 3);
  assertEquals(budget.maxChars(1024), 512 * 3);
  assertEquals(budget.maxChars(131_072), 24_000);
});

test("measured tokens only lower the estimate", () => {
  const budget = new PromptBudget();
  budget.measured(8000, 1000);
  assertEquals(budget.maxChars(1024), 512 * 3.5);
  budget.measured(2000, 1000);
  budget.measured(3000, 1000);
  budget.measured(100, undefined);
  assertEquals(budget.maxChars(1024), 512 * 2);
  budget.measured(1, 1000);
  assertEquals(budget.maxChars(1024), 512);
});

test("stays below a prompt that was too long until the settings change", () => {
  const budget = new PromptBudget();
  budget.tooLong(1000);
  assertEquals(budget.maxChars(131_072), 600);
  assertEquals(budget.windowChars(131_072), 24_000);
  budget.reset();
  assertEquals(budget.maxChars(131_072), 24_000);
});
