import type { DemoMedia } from "./types.ts";

/** Seconds every client gets to load before the clock of an item starts. */
const LEAD_SECONDS = 3;
const UPDATE_MS = 5000;

/** Where the playlist sends its events: to everyone. */
export type Broadcast = (event: string, payload: unknown) => void;

/** A playlist of at most one item, with the clock that plays it. */
export class MediaClock {
  readonly #broadcast: Broadcast;
  readonly #now: () => number;
  #media: DemoMedia | null = null;
  #uid = 0;
  #startedAt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** A playlist with nothing on it. */
  constructor(broadcast: Broadcast, now: () => number) {
    this.#broadcast = broadcast;
    this.#now = now;
  }

  /** Plays something else, or with null empties the playlist. */
  set(media: DemoMedia | null): void {
    clearTimeout(this.#timer);
    const former = this.#media === null ? undefined : this.#uid;
    this.#media = media;
    if (media === null) {
      // As on a real server, an empty playlist is all that tells that nothing plays.
      this.#broadcast("playlist", []);
      this.#broadcast("setPlaylistMeta", this.#summary());
      return;
    }
    this.#uid++;
    this.#broadcast("queue", { item: this.#item(media), after: former ?? "prepend" });
    this.#broadcast("setPlaylistMeta", this.#summary());
    if (former !== undefined) this.#broadcast("delete", { uid: former });
    this.#start(media);
  }

  /** The playlist, as sent on joining and again once the rank is known: event and payload. */
  playlistEvents(): [string, unknown][] {
    const items = this.#media === null ? [] : [this.#item(this.#media)];
    const events: [string, unknown][] = [
      ["setPlaylistMeta", this.#summary()],
      ["playlist", items],
    ];
    return this.#media === null ? events : [...events, ["setCurrent", this.#uid]];
  }

  /** What plays now, as sent on joining: event and payload. */
  currentEvents(): [string, unknown][] {
    if (this.#media === null) return [];
    return [["setCurrent", this.#uid], ["changeMedia", this.#update(this.#media)]];
  }

  /** Stops the clock. */
  close(): void {
    clearTimeout(this.#timer);
  }

  #start(media: DemoMedia): void {
    this.#startedAt = this.#now();
    for (const [event, payload] of this.currentEvents()) this.#broadcast(event, payload);
    this.#broadcast("drinkCount", 0);
    this.#timer = setTimeout(() => this.#tick(media), LEAD_SECONDS * 1000);
  }

  #tick(media: DemoMedia): void {
    const currentTime = this.#elapsedSeconds();
    // The only item of a playlist starts over when it ends.
    if (media.seconds > 0 && currentTime > media.seconds) return this.#start(media);
    this.#broadcast("mediaUpdate", { currentTime, paused: false });
    this.#timer = setTimeout(() => this.#tick(media), UPDATE_MS);
  }

  #elapsedSeconds(): number {
    return (this.#now() - this.#startedAt) / 1000 - LEAD_SECONDS;
  }

  #update(media: DemoMedia): Record<string, unknown> {
    const currentTime = this.#elapsedSeconds();
    return { ...described(media), currentTime, paused: currentTime < 0 };
  }

  #item(media: DemoMedia): Record<string, unknown> {
    return { media: described(media), uid: this.#uid, temp: false, queueby: "" };
  }

  #summary(): Record<string, unknown> {
    const rawTime = this.#media?.seconds ?? 0;
    return { count: this.#media === null ? 0 : 1, rawTime, time: clockFace(rawTime) };
  }
}

function described({ id, title, seconds, type }: DemoMedia): Record<string, unknown> {
  const duration = seconds > 0 ? clockFace(seconds) : "--:--";
  return { id, title, seconds, duration, type, meta: {} };
}

function clockFace(seconds: number): string {
  const parts = [Math.floor(seconds / 60) % 60, Math.floor(seconds) % 60];
  if (seconds >= 3600) parts.unshift(Math.floor(seconds / 3600));
  return parts.map((part) => String(part).padStart(2, "0")).join(":");
}
