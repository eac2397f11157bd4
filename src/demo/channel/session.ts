import type { Socket } from "socket.io";
import type { Accounts, LoginResult } from "./accounts.ts";
import { receiveChat, receivePm } from "./chat.ts";
import { isChannelName, MODERATOR_RANK } from "./defaults.ts";
import { Member } from "./member.ts";
import { assignLeader, setChannelRank, setPermissions } from "./moderation.ts";
import { isPayload, type Payload, payloadFault, type PayloadShape } from "./payload.ts";
import type { Room } from "./room.ts";
import { clampLimit } from "./throttle.ts";

const CHAT_SHAPE: PayloadShape = { msg: "string", meta: "object,optional" };
const PM_SHAPE: PayloadShape = { msg: "string", to: "string", meta: "object,optional" };

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
  #rankDelayMs: number | undefined;
  #rankKnown = false;

  constructor(room: Room, accounts: Accounts, socket: Socket) {
    this.#room = room;
    this.#accounts = accounts;
    this.#socket = socket;
    this.#member = new Member(socket);
    socket.emit("rank", -1);
    socket.on("login", (payload: unknown) => this.#login(payload));
    socket.once("joinChannel", (payload: unknown) => this.#join(payload));
    socket.on("channelPassword", (password: unknown) => {
      if (this.#waitingFor !== "password") return;
      if (password === room.opts.password) socket.emit("cancelNeedPassword");
      this.#checkPassword(password);
    });
    socket.on("disconnect", () => {
      for (const timer of this.#timers) clearTimeout(timer);
      room.leave(this.#member);
    });
    this.#onPayload("chatMsg", CHAT_SHAPE, ({ msg, meta }) => {
      receiveChat(room, this.#member, String(msg), isPayload(meta) ? meta : {});
    });
    this.#onPayload("pm", PM_SHAPE, ({ msg, to }) => {
      receivePm(room, this.#member, String(msg), String(to));
    });
    this.#onPayload("assignLeader", { name: "string" }, ({ name }) => {
      assignLeader(room, this.#member, String(name));
    });
    const onInside = (event: string, act: (payload: unknown) => void) =>
      socket.on(event, (payload: unknown) => this.#member.inRoom && act(payload));
    onInside("setPermissions", (changes) => setPermissions(room, this.#member, changes));
    onInside("setChannelRank", (asked) => setChannelRank(room, this.#member, asked));
    socket.on("setOptions", (options: unknown) => this.#setOptions(options));
  }

  /** Ignores the event before the join, and answers a malformed payload with an `errorMsg`. */
  #onPayload(event: string, shape: PayloadShape, act: (payload: Payload) => void): void {
    this.#socket.on(event, (payload: unknown) => {
      if (!this.#member.inRoom) return;
      const fault = payloadFault(payload, shape);
      if (fault === undefined) return act(payload as Payload);
      this.#member.fail(`Unexpected error for message ${event}: ${fault}`);
    });
  }

  #login(payload: unknown): void {
    const member = this.#member;
    if (typeof payload !== "object" || payload === null) return member.fail("Invalid login frame");
    const { name, pw } = payload as Payload;
    if (typeof name !== "string" || this.#loggingIn || member.named) return;
    if (typeof pw === "string" && pw !== "") {
      this.#loggingIn = true;
      return this.#later(HASH_MS, () => this.#answerLogin(this.#accounts.account(name, pw)));
    }
    const { address } = this.#socket.handshake;
    const refusal = this.#accounts.guestRefusal(name, address);
    if (refusal !== undefined) return this.#answerLogin(refusal);
    this.#loggingIn = true;
    this.#later(0, () => {
      const inUse = member.inRoom && this.#room.find(name) !== undefined;
      this.#answerLogin(this.#accounts.guest(name, address, inUse));
    });
  }

  #answerLogin(login: LoginResult): void {
    this.#loggingIn = false;
    const member = this.#member;
    if ("error" in login) return member.emit("login", { success: false, error: login.error });
    const { name, siteRank, guest } = login;
    Object.assign(member, { name, siteRank, registered: !guest });
    this.#channelRank = login.channelRank;
    this.#rankDelayMs = this.#room.settings.registered ? login.rankDelayMs : 0;
    this.#room.setRank(member, siteRank);
    member.emit("login", { success: true, name, ...(guest ? { guest } : {}) });
    if (member.inRoom) this.#room.named(member);
    else if (this.#waitingFor === "name") this.#enter();
    if (!member.inRoom && this.#waitingFor === "nothing") return;
    this.#later(0, () => {
      if (member.registered) this.#applyRank();
      if (!member.inRoom || !this.#room.isBanned(member.name)) return;
      this.#room.kick(member, BANNED);
      this.#room.whisper(`${member.name} was kicked (name is banned)`, MODERATOR_RANK);
    });
  }

  #join(payload: unknown): void {
    const member = this.#member;
    const room = this.#room;
    if (!isPayload(payload) || typeof payload.name !== "string") return;
    const { name, pw } = payload;
    if (!isChannelName(name)) {
      const rule =
        "Channel names may consist of 1-30 characters in the set a-z, A-Z, 0-9, -, and _";
      member.fail(`Invalid channel name.  ${rule}`);
      return room.kick(member, "Invalid channel name");
    }
    const [joined, own] = [name.toLowerCase(), room.settings.name];
    if (joined !== own.toLowerCase()) {
      return room.kick(member, `Channel could not be loaded: only "${own}" is here`);
    }
    if (room.movedTo !== undefined) {
      const advice = "Try refreshing the page to update the connection URL.";
      return member.fail(`Channel '${joined}' is hosted on another server.  ${advice}`);
    }
    this.#later(ADMIT_MS, () => {
      this.#joining = true;
      if (member.registered && this.#rankDelayMs === undefined) this.#applyRank();
      if (room.isBanned(member.name)) return room.kick(member, BANNED);
      this.#checkPassword(pw);
    });
  }

  #checkPassword(given: unknown): void {
    const { password } = this.#room.opts;
    if (password === false || given === password) return this.#checkName();
    if (this.#member.rank < MODERATOR_RANK) {
      this.#waitingFor = "password";
      return this.#member.emit("needPassword", given !== undefined);
    }
    this.#checkName();
    this.#member.emit("cancelNeedPassword");
  }

  #checkName(): void {
    if (this.#member.named || !this.#room.opts.block_anonymous_users) return this.#enter();
    this.#waitingFor = "name";
    const advice = "Please provide a user name to join.";
    this.#member.fail(`This channel has blocked anonymous users. ${advice}`);
  }

  #enter(): void {
    this.#waitingFor = "nothing";
    this.#room.enter(this.#member, this.#rankKnown);
    if (!this.#member.registered) return;
    this.#later(0, () => this.#member.emit("listPlaylists", []));
    if (this.#rankDelayMs !== undefined) this.#later(this.#rankDelayMs, () => this.#applyRank());
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
    const { inRoom, rank } = this.#member;
    if (!inRoom || !isPayload(options)) return;
    if (rank < MODERATOR_RANK) {
      return this.#room.kick(this.#member, "Attempted setOptions as a non-moderator");
    }
    for (const flag of ["chat_antiflood", "block_anonymous_users"]) {
      if (flag in options) opts[flag] = Boolean(options[flag]);
    }
    if ("chat_antiflood_params" in options) {
      opts.chat_antiflood_params = clampLimit(options.chat_antiflood_params);
    }
    if ("password" in options && rank > MODERATOR_RANK) {
      opts.password = String(options.password).slice(0, 100) || false;
    }
    this.#room.broadcast("channelOpts", opts);
  }

  #later(delayMs: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, delayMs);
    this.#timers.add(timer);
  }
}
