import type { ChatLine } from "../src/cytube/events.ts";
import { mulberry32, pick } from "../tests/sanitize/attacks/random.ts";

export const TRIGGERS = [
  "rosey",
  "@rosey",
  "rosie",
  "rose bot",
  "hey bot",
  "oracle",
  "movie bot",
  "розочка",
  "ロージー",
  "🤖",
];

const PEOPLE = 200;
/** One of this many lines calls the bot. */
const CALLS = 100;
/** Words per line; 40 fill the server's 320 units. */
const WORDS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 16, 40];
const MAX_UNITS = 320;

/** Vocabularies, weighted by repetition. */
const ALPHABETS = [
  ...Array<string[]>(14).fill(
    ("the this that movie film scene what who why lol lmao haha no yes really good bad ending rose " +
      "hey bots actor she he they was is are going to watch next skip it's don't https://youtu.be/x " +
      "1080p omg brb back again tonight Friday NIGHT OK !skip $roll :) <3 prosecco moviebot")
      .split(" "),
  ),
  "schöner Film heute läuft das noch größer ça été déjà vu où garçon mañana niño película".split(
    " ",
  ),
  "фильм сегодня смешно почему это как она он роза хорошо да нет посмотрим ещё".split(" "),
  "映画 面白い 今日 です ロー すごい 笑 次 何 見る".split(" "),
  "فيلم جميل اليوم ماذا نعم לא סרט טוב".split(" "),
  "영화 재미있어요 오늘 뭐 봐요 ㅋㅋㅋ".split(" "),
  "😂 🔥 lol 👍🏽 ❤️ wow 🎬 !!!".split(" "),
];

/** Lines of a busy room; the same seed gives the same lines. */
export function chatLines(count: number, seed: number): readonly ChatLine[] {
  const random = mulberry32(seed);
  const lines: ChatLine[] = [];
  for (let time = 0; time < count; time++) {
    const alphabet = pick(ALPHABETS, random);
    const words = Array.from({ length: pick(WORDS, random) }, () => pick(alphabet, random));
    if (time % CALLS === CALLS - 1) words.splice(random() * words.length, 0, "Rosey,");
    const user = `User_${Math.floor(random() * PEOPLE)}`;
    const text = words.join(" ").slice(0, MAX_UNITS);
    lines.push({ user, text, time, shadow: false, action: false });
  }
  return lines;
}
