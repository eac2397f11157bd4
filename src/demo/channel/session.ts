import type { Socket } from "socket.io";
import { receiveChat, receivePm } from "./chat.ts";
import { isChannelName, MODERATOR_RANK } from "./defaults.ts";
import type { Accounts, Login, LoginFailure } from "./accounts.ts";
import { Member } from "./member.ts";
import {
  CHAT_SHAPE,
  isPayload,
  type Payload,
  payloadFault,
  type PayloadShape,
  PM_SHAPE,
} from "./payload.ts";
import type { Room } from "./room.ts";
import { clampLimit } from "./throttle.ts";

/** CyTube hashes the password for about 50 ms and handles what a client sends meanwhile. */
const HASH_MS = 5;
/** CyTube looks up bans before it admits a user and drops what is said meanwhile. */
const ADMIT_MS = 5;

const BANNED = "You are banned from this channel.";

/** Handles the events of one socket, in the order in which a CyTube server answers. */
export class Session {
  readonly #room: Room;
  readonly #accounts: Accounts;
  readonly #socket: Socket;
  readonly #member: Member;
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  #loggingIn = false;
  #joining = false;
  #waitingFor: "nothing" | "password" | "name" = "nothing";
  #channelRank: number | undefined;
  #rankKnown = false;

  constructor(room: Room, accounts: Accounts, socket: Socket) {
    this.#room = room;
    this.#accounts = accounts;
    this.#socket = socket;
    this.#member = new Member(socket);
    socket.emit("rank", -1);
    socket.on("login", (payload: unknown) => this.#login(payload));
    socket.once("joinChannel", (payload: unknown) => this.#join(payload));
    socket.on("channelPassword", (password: unknown) => this.#tryPassword(password));
    socket.on("disconnect", () => this.#leave());
    this.#onPayload("chatMsg", CHAT_SHAPE, ({ msg, meta }) => {
      receiveChat(room, this.#member, String(msg), isPayload(meta) ? meta : {});
    });
    this.#onPayload("pm", PM_SHAPE, ({ msg, to }) => {
      receivePm(room, this.#member, String(msg), String(to));
    });
    socket.on("setOptions", (options: unknown) => this.#setOptions(options));
  }

  /** Ignores the event before the join, and answers a malformed payload with an `errorMsg`. */
  #onPayload(event: string, shape: PayloadShape, act: (payload: Payload) => void): void {
    this.#socket.on(event, (payload: unknown) => {
      if (!this.#member.inRoom) return;
      const fault = payloadFault(payload, shape);
      if (fault === undefined) return act(payload as Payload);
      this.#error(`Unexpected error for message ${event}: ${fault}`);
    });
  }

  #login(payload: unknown): void {
    if (typeof payload !== "object" || payload === null) return this.#error("Invalid login frame");
    const { name, pw } = payload as Payload;
    if (typeof name !== "string" || this.#loggingIn || this.#member.named) return;
    if (typeof pw === "string" && pw !== "") {
      this.#loggingIn = true;
      return this.#later(HASH_MS, () => this.#answerLogin(this.#accounts.account(name, pw)));
    }
    const refusal = this.#accounts.guestRefusal(name, this.#socket.handshake.address);
    if (refusal !== undefined) return this.#answerLogin(refusal);
    this.#loggingIn = true;
    this.#later(0, () => {
      const double = this.#member.inRoom && this.#room.find(name) !== undefined;
      this.#answerLogin(this.#accounts.guest(name, this.#socket.handshake.address, double));
    });
  }

  #answerLogin(login: Login | LoginFailure): void {
    this.#loggingIn = false;
    const member = this.#member;
    if ("error" in login) return member.emit("login", { success: false, error: login.error });
    member.name = login.name;
    member.siteRank = login.siteRank;
    member.registered = !login.guest;
    this.#channelRank = login.channelRank;
    this.#room.setRank(member, login.siteRank);
    const guest = login.guest ? { guest: true } : {};
    member.emit("login", { success: true, name: login.name, ...guest });
    if (member.inRoom) this.#room.named(member);
    else if (this.#waitingFor === "name") this.#enter();
    if (member.inRoom || this.#waitingFor !== "nothing") {
      this.#later(0, () => {
        if (member.registered) this.#applyRank();
        if (member.inRoom && this.#room.isBanned(member.name)) this.#kickBanned();
      });
    }
  }

  #join(payload: unknown): void {
    if (!isPayload(payload) || typeof payload.name !== "string") return;
    const { name, pw } = payload;
    if (!isChannelName(name)) {
      this.#error(
        "Invalid channel name.  Channel names may consist of 1-30 characters in the set " +
          "a-z, A-Z, 0-9, -, and _",
      );
      return this.#room.kick(this.#member, "Invalid channel name");
    }
    const own = this.#room.settings.name;
    if (name.toLowerCase() !== own.toLowerCase()) {
      const reason = `Channel could not be loaded: only "${own}" is here`;
      return this.#room.kick(this.#member, reason);
    }
    if (this.#room.movedTo !== undefined) {
      return this.#error(
        `Channel '${name.toLowerCase()}' is hosted on another server.  ` +
          "Try refreshing the page to update the connection URL.",
      );
    }
    this.#later(ADMIT_MS, () => {
      this.#joining = true;
      if (this.#member.registered) this.#applyRank();
      if (this.#room.isBanned(this.#member.name)) return this.#room.kick(this.#member, BANNED);
      this.#checkPassword(pw);
    });
  }

  /** An anonymous member has logged in with a banned name. */
  #kickBanned(): void {
    const { name } = this.#member;
    this.#room.kick(this.#member, BANNED);
    this.#room.whisper(`${name} was kicked (name is banned)`, MODERATOR_RANK);
  }

  #checkPassword(given: unknown): void {
    const { password } = this.#room.opts;
    if (password === false || given === password) return this.#checkName();
    if (this.#member.rank >= MODERATOR_RANK) {
      this.#checkName();
      return this.#member.emit("cancelNeedPassword");
    }
    this.#waitingFor = "password";
    this.#member.emit("needPassword", given !== undefined);
  }

  #tryPassword(given: unknown): void {
    if (this.#waitingFor !== "password") return;
    if (given !== this.#room.opts.password) return this.#member.emit("needPassword", true);
    this.#member.emit("cancelNeedPassword");
    this.#checkName();
  }

  #checkName(): void {
    if (this.#member.named || !this.#room.opts.block_anonymous_users) return this.#enter();
    this.#waitingFor = "name";
    this.#error(
      "This channel has blocked anonymous users. Please provide a user name to join.",
    );
  }

  #enter(): void {
    this.#waitingFor = "nothing";
    this.#room.enter(this.#member, this.#rankKnown);
    if (this.#member.registered) this.#later(0, () => this.#member.emit("listPlaylists", []));
  }

  /** CyTube reads the channel rank from another table, a moment after the login. */
  #applyRank(): void {
    const member = this.#member;
    if (!this.#joining || this.#rankKnown) return;
    this.#rankKnown = true;
    this.#room.setRank(member, Math.max(member.siteRank, this.#channelRank ?? 1));
    if (member.inRoom) this.#room.sendPlaylist(member);
    if (this.#waitingFor === "password" && member.rank >= MODERATOR_RANK) {
      this.#enter();
      member.emit("cancelNeedPassword");
    }
    this.#room.broadcast("setUserRank", { name: member.name, rank: member.rank });
  }

  #setOptions(options: unknown): void {
    const { opts } = this.#room;
    if (!this.#member.inRoom || !isPayload(options)) return;
    if (this.#member.rank < MODERATOR_RANK) {
      return this.#room.kick(this.#member, "Attempted setOptions as a non-moderator");
    }
    if ("chat_antiflood" in options) opts.chat_antiflood = Boolean(options.chat_antiflood);
    if ("chat_antiflood_params" in options) {
      opts.chat_antiflood_params = clampLimit(options.chat_antiflood_params);
    }
    if ("password" in options && this.#member.rank > MODERATOR_RANK) {
      opts.password = String(options.password).slice(0, 100) || false;
    }
    if ("block_anonymous_users" in options) {
      opts.block_anonymous_users = Boolean(options.block_anonymous_users);
    }
    this.#room.broadcast("channelOpts", opts);
  }

  #leave(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#room.leave(this.#member);
  }

  #later(delayMs: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, delayMs);
    this.#timers.add(timer);
  }

  #error(msg: string): void {
    this.#member.emit("errorMsg", { msg });
  }
}
