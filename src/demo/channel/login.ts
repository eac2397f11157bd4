import type { DemoAccount } from "./types.ts";
import { isReservedName, isUserName, lookalike, SITE_RANK } from "./facts.ts";

/** What a login comes to. */
export type LoginOutcome = LoginSuccess | LoginFailure;

/** The login holds. */
export interface LoginSuccess {
  /** Tells the two outcomes apart. */
  readonly success: true;
  /** As registered, whatever case it was asked for in. */
  readonly name: string;
  /** Whether no account stands behind it. */
  readonly guest: boolean;
  /** The rank everywhere. */
  readonly siteRank: number;
  /** The rank in the channel, learnt a moment later. */
  readonly channelRank: number;
}

/** The login does not. */
export interface LoginFailure {
  /** Tells the two outcomes apart. */
  readonly success: false;
  /** In the real server's words. */
  readonly error: string;
}

/** Knows the accounts and who may be a guest. */
export class LoginDesk {
  readonly #accounts = new Map<string, DemoAccount & { readonly name: string }>();
  readonly #lookalikes = new Set<string>();
  readonly #lastGuestAt = new Map<string, number>();
  readonly #guestSeconds: number;
  readonly #now: () => number;

  /** Opens with these accounts. */
  constructor(
    accounts: Readonly<Record<string, DemoAccount>>,
    options: { readonly guestLoginSeconds: number; readonly now: () => number },
  ) {
    for (const [name, account] of Object.entries(accounts)) {
      this.#accounts.set(name.toLowerCase(), { ...account, name });
      this.#lookalikes.add(lookalike(name));
    }
    this.#guestSeconds = options.guestLoginSeconds;
    this.#now = options.now;
  }

  /** Answers a login with a password. */
  account(name: string, password: string): LoginOutcome {
    if (!isUserName(name)) return failure(`Invalid username "${name}"`);
    const account = this.#accounts.get(name.toLowerCase());
    if (account === undefined) return failure("User does not exist");
    if (account.password !== password) return failure("Invalid username/password combination");
    return {
      success: true,
      name: account.name,
      guest: false,
      // Only site administrators outrank others everywhere; other ranks hold in the channel.
      siteRank: account.rank >= SITE_RANK ? account.rank : 1,
      channelRank: account.rank,
    };
  }

  /** Why a guest cannot have this name, as far as that is known at once. */
  guestRefusal(name: string, address: string): LoginFailure | undefined {
    const last = this.#lastGuestAt.get(address);
    if (last !== undefined && this.#now() - last < this.#guestSeconds * 1000) {
      return failure(
        `Guest logins are restricted to one per IP address per ${this.#guestSeconds} seconds.`,
      );
    }
    if (!isUserName(name)) {
      return failure(
        "Invalid username.  Usernames must be 1-20 characters long and " +
          "consist only of characters a-z, A-Z, 0-9, -, or _.",
      );
    }
    return isReservedName(name) ? failure("That username is reserved.") : undefined;
  }

  /** Answers a login without a password that nothing refused at once. */
  guest(name: string, address: string, inUse: boolean): LoginOutcome {
    if (this.#lookalikes.has(lookalike(name))) return failure("That username is registered.");
    if (inUse) return failure("That name is already in use on this channel.");
    if (this.#guestSeconds > 0) this.#lastGuestAt.set(address, this.#now());
    return { success: true, name, guest: true, siteRank: 0, channelRank: 0 };
  }
}

function failure(error: string): LoginFailure {
  return { success: false, error };
}
