/** The channel's playlist, as far as the bot may see it. */
import type { ChannelEvent, PlaylistItem } from "../cytube/events.ts";

/** As many as a whole list is read to. */
const MAX_ITEMS = 2000;

/**
 * Follows the playlist's events. Source: a bot whose rank is below `seeplaylist` gets the number of items
 * but not the items; its list is unknown until the server sends a whole one.
 */
export class Playlist {
  #items: readonly PlaylistItem[] = [];
  #known = false;
  #currentUid: number | undefined;

  /** The item that plays; undefined if it is not known. */
  get current(): PlaylistItem | undefined {
    return this.#known ? this.#items[this.#currentIndex] : undefined;
  }

  /** The item after the current one; the first one after the last. Undefined if it is not known. */
  get next(): PlaylistItem | undefined {
    const at = this.#currentIndex;
    return this.#known && at >= 0 ? this.#items[(at + 1) % this.#items.length] : undefined;
  }

  update(event: ChannelEvent): void {
    switch (event.type) {
      case "playlist":
        this.#items = event.items;
        this.#known = true;
        break;
      case "rank":
        // A new connection: what changed meanwhile is not known.
        if (event.rank === -1) this.#known = false;
        break;
      case "queue":
        this.#insert(event.item, event.after);
        break;
      case "delete":
        this.#items = this.#items.filter(({ uid }) => uid !== event.uid);
        break;
      case "moveVideo": {
        const moved = this.#items.find(({ uid }) => uid === event.uid);
        if (!moved) break;
        this.#items = this.#items.filter((item) => item !== moved);
        this.#insert(moved, event.after);
        break;
      }
      case "setCurrent":
        this.#currentUid = event.uid;
        break;
      case "setPlaylistMeta":
        // Comes after each change, also to those who may not see it.
        this.#known &&= event.count === this.#items.length;
        break;
    }
  }

  get #currentIndex(): number {
    return this.#items.findIndex(({ uid }) => uid === this.#currentUid);
  }

  /** @param after The uid of the item before it; undefined for the first place. */
  #insert(item: PlaylistItem, after: number | undefined): void {
    if (this.#items.length >= MAX_ITEMS) this.#known = false;
    if (!this.#known) return;
    const at = after === undefined ? 0 : this.#items.findIndex(({ uid }) => uid === after) + 1;
    this.#items = this.#items.toSpliced(at, 0, item);
  }
}
