import type { DemoAccount } from "./types.ts";
import { isReservedName, isUserName, lookalike, SITE_RANK } from "./facts.ts";

export type LoginOutcome = LoginSuccess | LoginFailure;

export interface LoginSuccess {
  readonly success: true;
  /** As registered, in any case of the request. */
  readonly name: string;
  readonly guest: boolean;
  readonly siteRank: number;
  /** Applied a moment after the login. */
  readonly channelRank: number;
}

export interface LoginFailure {
  readonly success: false;
  readonly error: string;
}

/** Checks logins of accounts and guests, with the error texts of CyTube. */
export class Accounts {
  readonly #accounts = new Map<string, DemoAccount & { readonly name: string }>();
  readonly #lookalikes = new Set<string>();
  readonly #lastGuestAt = new Map<string, number>();
  readonly #guestSeconds: number;
  readonly #now: () => number;

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

  account(name: string, password: string): LoginOutcome {
    if (!isUserName(name)) return failure(`Invalid username "${name}"`);
    const account = this.#accounts.get(name.toLowerCase());
    if (account === undefined) return failure("User does not exist");
    if (account.password !== password) return failure("Invalid username/password combination");
    return {
      success: true,
      name: account.name,
      guest: false,
      siteRank: account.rank >= SITE_RANK ? account.rank : 1,
      channelRank: account.rank,
    };
  }

  /** The checks of a guest login that need no database. */
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

  /** The checks that CyTube makes after {@linkcode guestRefusal}. */
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
