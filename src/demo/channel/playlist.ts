/** A media item, with the field names of `changeMedia`. */
export interface DemoMedia {
  readonly id: string;
  /** Plain text, not escaped. */
  readonly title: string;
  /** 0 for a live stream. */
  readonly seconds: number;
  readonly type: string;
}

/** Time for clients to load an item before it starts. */
const LEAD_SECONDS = 3;
const UPDATE_MS = 5000;

type Payload = Record<string, unknown>;
type Broadcast = (event: string, payload: unknown) => void;

/** A playlist of at most one item, which plays in a loop. */
export class Playlist {
  readonly #broadcast: Broadcast;
  readonly #now: () => number;
  #media: DemoMedia | null = null;
  #uid = 0;
  #startedAt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(broadcast: Broadcast, now: () => number) {
    this.#broadcast = broadcast;
    this.#now = now;
  }

  set(media: DemoMedia | null): void {
    clearTimeout(this.#timer);
    const previous = this.#media === null ? undefined : this.#uid;
    this.#media = media;
    if (media === null) {
      // CyTube sends no other event when the last item is removed.
      this.#broadcast("playlist", []);
      return this.#broadcast("setPlaylistMeta", this.#summary());
    }
    this.#uid++;
    this.#broadcast("queue", { item: this.#item(media), after: previous ?? "prepend" });
    this.#broadcast("setPlaylistMeta", this.#summary());
    if (previous !== undefined) this.#broadcast("delete", { uid: previous });
    this.#start(media);
  }

  /** Sent on join and again when the rank is known. */
  events(): [string, unknown][] {
    const meta: [string, unknown] = ["setPlaylistMeta", this.#summary()];
    if (this.#media === null) return [meta, ["playlist", []]];
    return [meta, ["playlist", [this.#item(this.#media)]], ["setCurrent", this.#uid]];
  }

  currentEvents(): [string, unknown][] {
    if (this.#media === null) return [];
    const currentTime = this.#elapsedSeconds();
    const update = { ...described(this.#media), currentTime, paused: currentTime < 0 };
    return [["setCurrent", this.#uid], ["changeMedia", update]];
  }

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
    if (media.seconds > 0 && currentTime > media.seconds) return this.#start(media);
    this.#broadcast("mediaUpdate", { currentTime, paused: false });
    this.#timer = setTimeout(() => this.#tick(media), UPDATE_MS);
  }

  #elapsedSeconds(): number {
    return (this.#now() - this.#startedAt) / 1000 - LEAD_SECONDS;
  }

  #item(media: DemoMedia): Payload {
    return { media: described(media), uid: this.#uid, temp: false, queueby: "" };
  }

  #summary(): Payload {
    const rawTime = this.#media?.seconds ?? 0;
    return { count: this.#media === null ? 0 : 1, rawTime, time: formatTime(rawTime) };
  }
}

function described({ id, title, seconds, type }: DemoMedia): Payload {
  const duration = seconds > 0 ? formatTime(seconds) : "--:--";
  return { id, title, seconds, duration, type, meta: {} };
}

function formatTime(seconds: number): string {
  const parts = [Math.floor(seconds / 60) % 60, Math.floor(seconds) % 60];
  if (seconds >= 3600) parts.unshift(Math.floor(seconds / 3600));
  return parts.map((part) => String(part).padStart(2, "0")).join(":");
}
