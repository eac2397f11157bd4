import { assertEquals, assertMatch } from "@std/assert";
import { buildPrompt } from "../../src/chat/prompt.ts";
import { loadConfig } from "../../src/config/load.ts";
import { ModelPool } from "../../src/llm/model_pool.ts";
import { MODEL_SERVERS, type Understood } from "../fakes/model_servers.ts";
import { test } from "../testing.ts";

const never = new AbortController().signal;
const OPTIONS = { temperature: 0.2, num_predict: 120, repeat_penalty: 1.1, stop: ["\n\n"] };
/** Of one answer, as a persona has them. */
const OF_BOB = { temperature: 0.9, num_predict: 60 };

const UNDERSTOOD: Understood = {
  first: "system",
  temperature: 0.2,
  limit: 120,
  repeatPenalty: 1.1,
  stop: ["\n\n"],
  reasons: false,
};
/** Where a server has no such parameter, or its model no such role. */
const DIFFERENCES: Readonly<Record<string, Partial<Understood>>> = {
  "a cold cloud": { repeatPenalty: undefined },
  "Ollama's OpenAI-compatible API": { repeatPenalty: undefined },
  "llama.cpp's llama-server": { first: "user" },
  "vLLM": { first: "user" },
};

for (const [name, start] of Object.entries(MODEL_SERVERS)) {
  test(`the same configuration has the same conversation with ${name}`, async () => {
    await using server = start();
    const persona = "You are {bot}, a pirate.";
    const llm = { enabled: true, system_prompt: persona, options: OPTIONS, ...server.llm };
    const text = JSON.stringify({ channel: "room", user: "Rosey", llm });
    const { settings } = loadConfig("c.json", { env: () => undefined, readFile: () => text });
    const pool = new ModelPool();
    try {
      pool.use(settings.llm);
      assertEquals(await pool.ready(never), true);
      const room: { user: string; text: string; own: boolean }[] = [];
      for (const user of ["alice", "bob", "alice"]) {
        const line = `hi rosey, it is ${user}`;
        const prompt = buildPrompt({
          persona: settings.llm.persona.text,
          bot: "Rosey",
          channel: "room",
          wallMs: 0,
          maxChars: 24_000,
          room: room as never,
          question: { user, text: line, kind: "call" },
        });
        assertMatch(prompt[0]!.content, /^You are Rosey, a pirate\./);
        const reply = await pool.chat(prompt, never, { parameters: user === "bob" ? OF_BOB : {} });
        assertEquals([reply.text, reply.complete], [`Ahoy, ${user}.`, true]);
        room.push({ user, text: line, own: false }, { user: "Rosey", text: reply.text, own: true });
      }
    } finally {
      await pool.close();
    }
    const expected = { ...UNDERSTOOD, ...DIFFERENCES[name] };
    const ofBob = { ...expected, temperature: 0.9, limit: 60 };
    assertEquals(server.understood.slice(-3), [expected, ofBob, expected]);
  });
}
