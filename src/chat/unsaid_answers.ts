import type { QueuedReply } from "../outbox/say.ts";
import { isCallOf, isSameUser, type Question } from "./reply_queue.ts";
import type { Answer } from "./sayable.ts";

export interface UnsaidAnswer {
  /** Whether the transcript and the history keep it once it is said. */
  isRemembered: boolean;
  readonly answer: Answer;
  /** Undefined until it is queued. */
  reply?: QueuedReply;
}

/** Answers whose lines are not all settled by the outbox, which bounds them. */
export class UnsaidAnswers {
  readonly #answers = new Map<Question, UnsaidAnswer>();

  add(question: Question, answer: UnsaidAnswer): void {
    this.#answers.set(question, answer);
  }

  delete(question: Question): void {
    this.#answers.delete(question);
  }

  /** What is said of the answers to this user, default to all, is not remembered. */
  forget(user?: string): void {
    for (const [question, answer] of this.#answers) {
      if (user !== undefined && !isSameUser(question.user, user)) continue;
      answer.isRemembered = false;
      this.#answers.delete(question);
    }
  }

  /** The latest call of this user of whose answer nothing was sent. */
  call(user: string, isPrivate: boolean): Question | undefined {
    return [...this.#answers].findLast(([question, { reply }]) =>
      reply && !reply.begun && isCallOf(question, user, isPrivate)
    )?.[0];
  }

  /** From now on the answers are said, whatever their askers add. */
  clear(): void {
    this.#answers.clear();
  }

  /** Returns the answer, which is not said. */
  takeBack(question: Question): Answer | undefined {
    const { reply, answer } = this.#answers.get(question) ?? {};
    reply?.takeBack();
    this.#answers.delete(question);
    return answer;
  }
}
