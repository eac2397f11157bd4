import { type ChatMessage, scriptedReply, wordsOf } from "./scripted_model.ts";

export const SCRIPTED_MODEL = "rosey-demo:latest";

const MODEL = { name: SCRIPTED_MODEL, model: SCRIPTED_MODEL, size: 0 };

/**
 * Serves the scripted model on a free loopback port, with the part of Ollama's HTTP API that the
 * bot uses in the demo. The tests have a full fake of an Ollama server.
 */
export function serveScriptedModel(): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen: () => {},
    onError: (error) => Response.json({ error: String(error) }, { status: 400 }),
  }, answer);
}

async function answer(request: Request): Promise<Response> {
  switch (`${request.method} ${new URL(request.url).pathname}`) {
    case "GET /api/version":
      return Response.json({ version: "0.0.0-rosey-demo" });
    case "GET /api/tags":
      return Response.json({ models: [MODEL] });
    case "GET /api/ps":
      return Response.json({ models: [{ ...MODEL, size_vram: 0, context_length: 4096 }] });
    case "POST /api/show":
      return Response.json({ template: "", capabilities: ["completion"] });
    case "POST /api/chat": {
      const { messages, stream } = await request.json();
      return chat(messages, stream);
    }
    default:
      return new Response("404 page not found", { status: 404 });
  }
}

/** A chat without messages loads the model. */
function chat(messages: readonly ChatMessage[] = [], stream = true): Response {
  if (messages.length === 0) return Response.json(line("", { done: true, done_reason: "load" }));
  const reply = scriptedReply(messages);
  const done = { done: true, done_reason: "stop" };
  if (!stream) return Response.json(line(reply, done));
  const words = wordsOf(reply).map((word) => line(word, { done: false }));
  const body = [...words, line("", done)].map((value) => JSON.stringify(value) + "\n").join("");
  return new Response(body, { headers: { "content-type": "application/x-ndjson" } });
}

function line(content: string, rest: Record<string, unknown>): Record<string, unknown> {
  const created_at = new Date().toISOString();
  return { model: SCRIPTED_MODEL, created_at, message: { role: "assistant", content }, ...rest };
}
