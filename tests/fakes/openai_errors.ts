/** Errors in the form of real servers with OpenAI's API. */

export function json(status: number, body: unknown): Response {
  return Response.json(body, { status });
}

export function openAiError(message: string, param: string | null = null): Response {
  return json(400, { error: { message, type: "invalid_request_error", param, code: null } });
}

/** vLLM, old and new. */
export function vllmError(message: string): Response {
  return json(400, { object: "error", message, type: "BadRequestError", param: null, code: 400 });
}

export function llamaCppError(message: string): Response {
  const text = "\n------------\nWhile executing CallExpression at line 43, column 28 in source:\n" +
    `...{%- else %}↵        {{- raise_exception('${message.slice(0, 28)}...\n` +
    `                           ^\nError: Jinja Exception: ${message}`;
  return json(500, { error: { code: 500, message: text, type: "server_error" } });
}

/** LM Studio reports it as an event after the status of a success. */
export function lmStudioError(message: string): Response {
  const text = `Error rendering prompt with jinja template: "${message}".\n\n` +
    "This is usually an issue with the model's prompt template.";
  const data = JSON.stringify({ error: { message: text } });
  const headers = { "content-type": "text/event-stream" };
  return new Response(`event: error\ndata: ${data}\n\n`, { headers });
}

export function openRouterError(upstream: unknown, provider_name: string): Response {
  const metadata = { raw: JSON.stringify(upstream), provider_name };
  return json(400, { error: { message: "Provider returned error", code: 400, metadata } });
}

/** Mistral. */
export function forbidden(name: string): Response {
  const msg = "Extra inputs are not permitted";
  const detail = [{ type: "extra_forbidden", loc: ["body", name], msg, input: 40 }];
  return json(422, { object: "error", message: { detail }, type: "invalid_request_error" });
}
