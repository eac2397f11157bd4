/**
 * A model's server in a process of its own, as cheap as can be: what it answers was rendered before. A
 * model named `whole` answers in one piece, any other in 20, one line each.
 */
const PIECES = 20;
const WORDS = "She answers in about twenty words, as a model does, and it is enough. ".repeat(2);

const encoder = new TextEncoder();

function line(content: string, done: boolean): Uint8Array<ArrayBuffer> {
  const message = { role: "assistant", content };
  const created_at = "2026-01-01T12:00:00.123456789Z";
  const end = done ? { done_reason: "stop", total_duration: 5_000_000, eval_count: PIECES } : {};
  return encoder.encode(
    JSON.stringify({ model: "bench", created_at, message, done, ...end }) + "\n",
  );
}

const size = Math.ceil(WORDS.length / (PIECES - 1));
const pieces = Array.from(
  { length: PIECES - 1 },
  (_, at) => WORDS.slice(at * size, (at + 1) * size),
);
const stream = [...pieces.map((words) => line(words, false)), line("", true)];
const whole = line(WORDS, true);

function streamed(): ReadableStream<Uint8Array<ArrayBuffer>> {
  let next = 0;
  return new ReadableStream({
    pull(controller) {
      controller.enqueue(stream[next++]!);
      if (next === PIECES) controller.close();
    },
  });
}

const ports = new Set<string>();
Deno.serve({
  port: 0,
  hostname: "127.0.0.1",
  onListen: ({ port }) => console.log(`http://127.0.0.1:${port}`),
}, async (request, info) => {
  if (request.method === "GET") {
    const n = ports.size;
    ports.clear();
    return new Response(String(n));
  }
  ports.add(String((info.remoteAddr as Deno.NetAddr).port));
  const { model } = await request.json();
  return model === "whole"
    ? new Response(whole, { headers: { "content-type": "application/json" } })
    : new Response(streamed(), { headers: { "content-type": "application/x-ndjson" } });
});
