import { assertEquals, assertGreater } from "@std/assert";
import { Playlist } from "../../src/chat/playlist.ts";
import { parseEvent } from "../../src/cytube/events.ts";
import { loadTrace } from "../demo/trace.ts";
import { test } from "../testing.ts";

test("knows what plays in recorded traffic, or that it does not know", () => {
  let known = 0;
  for (const file of ["13-media-playlist.jsonl", "23-playlist-details.jsonl"]) {
    const playlists = new Map<string, Playlist>();
    for (const { who, dir, ev, args } of loadTrace(file)) {
      const event = dir === "in" && parseEvent(ev, args);
      if (!event) continue;
      const playlist = playlists.get(who) ?? new Playlist();
      playlists.set(who, playlist);
      playlist.update(event);
      if (event.type !== "changeMedia" || !playlist.current) continue;
      assertEquals(playlist.current.title, event.media.title, `${file} ${who}`);
      known++;
    }
  }
  assertGreater(known, 20);
});

/** A playlist of these items, the first of which plays. */
function playlistOf(...titles: string[]): Playlist {
  const playlist = new Playlist();
  const items = titles.map((title, uid) => ({ uid, title, addedBy: "bob" }));
  playlist.update({ type: "playlist", items });
  playlist.update({ type: "setCurrent", uid: 0 });
  return playlist;
}

test("tells the next item, the first one after the last", () => {
  const playlist = playlistOf("a", "b");
  assertEquals(playlist.next?.title, "b");
  playlist.update({ type: "setCurrent", uid: 1 });
  assertEquals(playlist.next?.title, "a");
  playlist.update({ type: "queue", item: { uid: 7, title: "c", addedBy: "" }, after: 1 });
  assertEquals(playlist.next?.title, "c");
  playlist.update({ type: "moveVideo", uid: 7, after: undefined });
  assertEquals(playlist.next?.title, "c");
  playlist.update({ type: "delete", uid: 7 });
  assertEquals(playlist.next?.title, "a");
  assertEquals(playlistOf().next, undefined);
});

test("does not know a list whose changes are hidden from it, until it gets a whole one", () => {
  const playlist = playlistOf("a", "b");
  playlist.update({ type: "setPlaylistMeta", count: 2 });
  assertEquals(playlist.next?.title, "b");
  playlist.update({ type: "setPlaylistMeta", count: 3 });
  assertEquals([playlist.current, playlist.next], [undefined, undefined]);
  playlist.update({ type: "queue", item: { uid: 7, title: "c", addedBy: "" }, after: 0 });
  assertEquals(playlist.next, undefined);
  playlist.update({ type: "playlist", items: [{ uid: 0, title: "z", addedBy: "" }] });
  assertEquals(playlist.current?.title, "z");
});

test("does not know a list of the connection before", () => {
  const playlist = playlistOf("a", "b");
  playlist.update({ type: "rank", rank: 1 });
  assertEquals(playlist.next?.title, "b");
  playlist.update({ type: "rank", rank: -1 });
  playlist.update({ type: "setPlaylistMeta", count: 2 });
  playlist.update({ type: "setCurrent", uid: 0 });
  assertEquals([playlist.current, playlist.next], [undefined, undefined]);
});

test("an endless list is unknown instead of ever larger", () => {
  const playlist = playlistOf("a");
  for (let uid = 1; uid < 5000; uid++) {
    playlist.update({ type: "queue", item: { uid, title: "b", addedBy: "" }, after: uid - 1 });
  }
  assertEquals(playlist.next, undefined);
});
