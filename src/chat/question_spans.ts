/**
 * One OpenTelemetry span per question, without text and names. Deno exports it if it was started, or the
 * binary compiled, with `OTEL_DENO=true`; else nothing is recorded.
 */
import { context, type Span, trace } from "@opentelemetry/api";
import type { Clock } from "../clock.ts";
import { BUILD } from "../version.ts";
import type { FinalOutcome } from "./decisions.ts";
import type { Question } from "./reply_queue.ts";

interface Entry {
  readonly span: Span;
  step: "wait" | "model" | "say";
  /** When the step began. */
  sinceMs: number;
}

export class QuestionSpans {
  readonly #clock: Clock;
  /** A question that is merged into another one keeps its entry, and its span has no end. */
  readonly #entries = new WeakMap<Question, Entry>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Spans of the requests that `ask` sends are children of the question's.
   *
   * @param readySinceMs See `ModelPool.readySinceMs`: a part of the wait may be for a load.
   */
  async ask<T>(question: Question, readySinceMs: number, ask: () => Promise<T>): Promise<T> {
    const entry = this.#entryOf(question);
    this.#endStep(entry, "model");
    const { span } = entry;
    span.setAttribute("rosey.load_seconds", Math.max(0, readySinceMs - question.askedMs) / 1000);
    try {
      return await context.with(trace.setSpan(context.active(), span), ask);
    } finally {
      if (this.#entries.has(question)) this.#endStep(entry, "say");
    }
  }

  end(question: Question, outcome: FinalOutcome): void {
    const entry = this.#entryOf(question);
    this.#entries.delete(question);
    this.#endStep(entry);
    entry.span.setAttribute("rosey.outcome", outcome);
    entry.span.end();
  }

  #entryOf(question: Question): Entry {
    const known = this.#entries.get(question);
    if (known) return known;
    const { kind, askedMs } = question;
    const startTime = this.#clock.wall() - (this.#clock.now() - askedMs);
    const tracer = trace.getTracer("rosey", BUILD.version);
    const span = tracer.startSpan("question", { startTime, attributes: { "rosey.kind": kind } });
    const entry: Entry = { span, step: "wait", sinceMs: askedMs };
    this.#entries.set(question, entry);
    return entry;
  }

  #endStep(entry: Entry, next = entry.step): void {
    const now = this.#clock.now();
    entry.span.setAttribute(`rosey.${entry.step}_seconds`, (now - entry.sinceMs) / 1000);
    entry.step = next;
    entry.sinceMs = now;
  }
}
