/**
 * A model's server that is a process of its own and as cheap as can be: what it answers was rendered
 * before.
 *
 * Usage: deno run --allow-net bench/client/server.ts   (prints its address)
 */
const PIECES = 20;
const WORDS = "The answer of a model in a few words is long enough for a test. ".repeat(2).trim();

const encoder = new TextEncoder();
const size = Math.ceil(WORDS.length / (PIECES - 1));
const pieces = Array.from({ length: PIECES }, (_, at) => {
  return line(WORDS.slice(at * size, (at + 1) * size), at === PIECES - 1);
});

function line(content: string, done: boolean): Uint8Array<ArrayBuffer> {
  const message = { role: "assistant", content };
  const created_at = "2026-01-01T12:00:00.123456789Z";
  const end = done ? { done_reason: "stop", total_duration: 5_000_000, eval_count: PIECES } : {};
  const fields = { model: "bench", created_at, message, done, ...end };
  return encoder.encode(`${JSON.stringify(fields)}\n`);
}

function streamed(): ReadableStream<Uint8Array<ArrayBuffer>> {
  let next = 0;
  return new ReadableStream({
    pull(controller) {
      controller.enqueue(pieces[next++]!);
      if (next === PIECES) controller.close();
    },
  });
}

Deno.serve({
  port: 0,
  hostname: "127.0.0.1",
  onListen: ({ port }) => console.log(`http://127.0.0.1:${port}`),
}, async (request) => {
  await request.arrayBuffer();
  return new Response(streamed(), { headers: { "content-type": "application/x-ndjson" } });
});
