import { isUserName, SITE_RANK } from "./defaults.ts";

export interface DemoAccount {
  readonly password: string;
  /** 1 user, 2 moderator, 3 administrator, 4 owner; 255 administrator of the whole site. */
  readonly rank: number;
  /** Milliseconds after the join until the rank in the channel is known; default: before it. */
  readonly rankDelayMs?: number;
}

/** The answer to a login: the name as registered and the ranks, or why it is refused. */
export type LoginResult =
  | {
    readonly name: string;
    readonly guest: boolean;
    readonly siteRank: number;
    readonly channelRank: number;
    readonly rankDelayMs?: number;
  }
  | { readonly error: string };

/** Checks logins of accounts and guests, with the error texts of CyTube. */
export class Accounts {
  readonly #accounts = new Map<string, DemoAccount & { readonly name: string }>();
  readonly #lookalikes: ReadonlySet<string>;
  readonly #lastGuestAt = new Map<string, number>();
  readonly #guestSeconds: number;
  readonly #now: () => number;

  constructor(
    accounts: Readonly<Record<string, DemoAccount>>,
    options: { readonly guestLoginSeconds: number; readonly now: () => number },
  ) {
    for (const [name, account] of Object.entries(accounts)) {
      this.#accounts.set(name.toLowerCase(), { ...account, name });
    }
    this.#lookalikes = new Set(Object.keys(accounts).map(lookalike));
    this.#guestSeconds = options.guestLoginSeconds;
    this.#now = options.now;
  }

  account(name: string, password: string): LoginResult {
    if (!isUserName(name)) return { error: `Invalid username "${name}"` };
    const account = this.#accounts.get(name.toLowerCase());
    if (account === undefined) return { error: "User does not exist" };
    if (account.password !== password) return { error: "Invalid username/password combination" };
    const siteRank = account.rank >= SITE_RANK ? account.rank : 1;
    const { name: registered, rank: channelRank, rankDelayMs } = account;
    return { name: registered, guest: false, siteRank, channelRank, rankDelayMs };
  }

  /** The checks of a guest login that need no database. */
  guestRefusal(name: string, address: string): LoginResult | undefined {
    const lastAt = this.#lastGuestAt.get(address) ?? -Infinity;
    if (this.#now() - lastAt < this.#guestSeconds * 1000) {
      const limit = `one per IP address per ${this.#guestSeconds} seconds`;
      return { error: `Guest logins are restricted to ${limit}.` };
    }
    if (!isUserName(name)) {
      const rule =
        "must be 1-20 characters long and consist only of characters a-z, A-Z, 0-9, -, or _";
      return { error: `Invalid username.  Usernames ${rule}.` };
    }
    const reserved = name.split(/[-_]/).some((word) =>
      /^(?:admin|administrator|owner)$/i.test(word)
    );
    return reserved ? { error: "That username is reserved." } : undefined;
  }

  /** The checks that CyTube makes after {@linkcode guestRefusal}. */
  guest(name: string, address: string, inUse: boolean): LoginResult {
    if (this.#lookalikes.has(lookalike(name))) return { error: "That username is registered." };
    if (inUse) return { error: "That name is already in use on this channel." };
    if (this.#guestSeconds > 0) this.#lastGuestAt.set(address, this.#now());
    return { name, guest: true, siteRank: 0, channelRank: 0 };
  }
}

function lookalike(name: string): string {
  return name.toLowerCase().replace(/[il]/g, "1").replaceAll("o", "0");
}
