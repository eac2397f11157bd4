import type { QueuedReply } from "../outbox/say.ts";
import { isCallOf, isSameUser, type Question } from "./reply_queue.ts";

export interface UnsaidAnswer {
  /** Whether the transcript and the history keep it once it is said. */
  isRemembered: boolean;
  /** Undefined until it is queued. */
  reply?: QueuedReply;
}

/** Answers that wait or are being said; as many as the outbox holds. */
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
      if (user === undefined || isSameUser(question.user, user)) answer.isRemembered = false;
    }
  }

  /** The call of this user of whose answer nothing was sent. */
  call(user: string, isPrivate: boolean): Question | undefined {
    for (const [question, { reply }] of this.#answers) {
      if (reply && !reply.begun && isCallOf(question, user, isPrivate)) return question;
    }
  }

  /** The answer is not said. */
  takeBack(question: Question): void {
    this.#answers.get(question)?.reply?.takeBack();
    this.#answers.delete(question);
  }
}
