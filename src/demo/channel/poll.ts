import { anchor, escapeHtml, LINK } from "./format.ts";
import type { Member } from "./member.ts";
import type { Room } from "./room.ts";

const MAX_CHARS = 255;
const MAX_OPTIONS = 50;

export interface PollOptions {
  readonly title: string;
  readonly options: readonly string[];
  /** Whether the votes are hidden until the poll is closed. */
  readonly hidden: boolean;
  /** Whether the votes of those who leave stay. */
  readonly kept?: boolean;
}

interface Poll extends PollOptions {
  readonly initiator: string;
  readonly timestamp: number;
  /** The number of the option that a voter chose. */
  readonly votes: Map<Member, number>;
}

/** The channel's poll. CyTube counts votes by address, of which there is only one here. */
export class PollBox {
  readonly #room: Room;
  #poll: Poll | undefined;

  constructor(room: Room) {
    this.#room = room;
  }

  /** Sends the open poll to somebody who joins. */
  sendTo(member: Member): void {
    if (this.#poll) member.emit("newPoll", this.#view(this.#poll, member));
  }

  /** Closes the poll before it. Does nothing for a user who may not. */
  open(by: Member, asked: PollOptions): void {
    const { permissions, settings } = this.#room;
    if (!permissions.allow(by, "pollctl")) return;
    this.close(by);
    const fault = faultOf(asked);
    if (fault !== undefined) return by.fail(fault);
    const [title = "", ...options] = [asked.title, ...asked.options].map(toHtml);
    const start = { initiator: by.name, timestamp: settings.now(), votes: new Map() };
    this.#poll = { ...asked, ...start, title, options };
    this.#tell("newPoll", this.#poll);
  }

  vote(by: Member, option: number): void {
    const poll = this.#poll;
    if (!poll || !this.#room.permissions.allow(by, "pollvote")) return;
    if (poll.options[option] === undefined || poll.votes.get(by) === option) return;
    poll.votes.set(by, option);
    this.#tell("updatePoll", poll);
  }

  close(by: Member): void {
    const poll = this.#poll;
    if (!poll || !this.#room.permissions.allow(by, "pollctl")) return;
    if (poll.hidden) this.#tell("updatePoll", { ...poll, hidden: false });
    this.#room.broadcast("closePoll", null);
    this.#poll = undefined;
  }

  left(member: Member): void {
    const poll = this.#poll;
    if (poll && !poll.kept && poll.votes.delete(member)) this.#tell("updatePoll", poll);
  }

  #tell(event: string, poll: Poll): void {
    for (const member of this.#room.members) member.emit(event, this.#view(poll, member));
  }

  #view({ title, options, hidden, initiator, timestamp, votes }: Poll, viewer: Member) {
    const sees = this.#room.permissions.allow(viewer, "viewhiddenpoll");
    const counts = options.map((_, option) => {
      const count = [...votes.values()].filter((vote) => vote === option).length;
      return hidden ? `${sees ? count : ""}?` : count;
    });
    return { title, options, counts, initiator, timestamp };
  }
}

function faultOf({ title, options }: PollOptions): string | undefined {
  if (title.length > MAX_CHARS) {
    return `Poll title must be no more than ${MAX_CHARS} characters long.`;
  }
  if (options.length > MAX_OPTIONS) {
    return `Polls are limited to a maximum of ${MAX_OPTIONS} options.`;
  }
  if (options.some(({ length }) => length === 0 || length > MAX_CHARS)) {
    return `Poll options must be 1-${MAX_CHARS} characters long.`;
  }
}

function toHtml(text: string): string {
  const quotes: Readonly<Record<string, number>> = { "'": 39, "(": 40, ")": 41 };
  return escapeHtml(text)
    .replaceAll('"', "&quot;")
    .replace(/['()]/g, (char) => `&#${quotes[char]};`)
    .replace(LINK, (link) => anchor(link).replace("noreferrer", "noreferer"));
}
