import { CORPUS } from "./corpus.ts";
import { HERE } from "./attack.ts";

/** A small pseudo-random generator with a seed. */
export function mulberry32(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export function pick<T>(list: readonly T[], random: () => number): T {
  return list[Math.floor(random() * list.length)]!;
}

/** Pieces that a server, a browser, a bot or a step of the sanitizer reacts to. */
const DANGEROUS = [
  ..."/>!$.*_~`#-+[]()\"'“”|\\:;,?&<@…／＞！＄．⁄›\n\r\t\u0000\u001b\u0085\u2028 \u00a0\u3000\u2800",
  ..."\u00ad\u034f\u200b\u200c\u200d\u200e\u202e\u2066\u2069\ufeff\ufe0f\u0301\u20e3\u3164\ueeee",
  "\ud83d",
  "\udc00",
  "\u{e0041}",
  "\u{e0100}",
  "👨‍👩‍👧",
  "🇩🇪",
  "क्षि",
  "한",
  "😀",
  "/kick bob",
  "/me ",
  "/d",
  "/clear",
  "!skip",
  "$skip",
  ".skip",
  "$5",
  ".5",
  "...",
  "Rosey:",
  "@rosey: ",
  "<think>",
  "</think>",
  "```",
  "**",
  "~~",
  "[sp]",
  "[/sp]",
  "](",
  "https://evil.com/x",
  "evil.com",
  ".com",
  "evil",
  "://",
  "www.",
  "javascript:",
  "data:,",
  "mailto:",
  "[link]",
  "&#47;",
  "a",
  "x",
  "word",
  "word ",
  "Rosey",
  "1",
  "é",
  ...HERE,
];

/** Corpus texts that are short enough to be mutated many times. */
const SHORT = CORPUS.map(({ text }) => text).filter((text) => text.length <= 400);

/** A sequence of dangerous pieces, or a mutated attack. */
export function hostile(random: () => number): string {
  if (random() < 0.5) {
    let text = "";
    for (let left = 1 + random() * 14; left > 0; left--) text += pick(DANGEROUS, random);
    return random() < 0.05 ? text.repeat(40) : text;
  }
  let text = pick(SHORT, random);
  for (let left = 1 + random() * 3; left > 0; left--) {
    const at = Math.floor(random() * (text.length + 1));
    const cut = random() < 0.5 ? 1 : 0;
    const piece = random() < 0.3 ? pick(SHORT, random) : pick(DANGEROUS, random);
    text = text.slice(0, at) + (random() < 0.8 ? piece : "") + text.slice(at + cut);
  }
  return text;
}

const WORDS = [
  ..."I you the movie is really good tonight because it's about ghosts and/or robots don't we'll"
    .split(" "),
  ..."naïve café Ça Übergrößenträger año façade Þór łódź dvořák".split(" "),
  ..."фильм начнётся в восемь ταινία Καλησπέρα фільм".split(" "),
  ..."映画は 面白い です 电影 很 好看 영화 재미있어요 ねこ ﾈｺ".split(" "),
  ..."مرحبا بكم فيلم می‌خواهم שלום עולם סרט שָׁלוֹם".split(" "),
  ..."สวัสดี ครับ ที่นี่ नमस्ते फ़िल्म क्ष বাংলা தமிழ் བོད་སྐད".split(" "),
  ..."Tiếng Việt phim này rất hay Nguyễn cafe\u0301 Vie\u0323\u0302t".split(" "),
  ..."😀 👨‍👩‍👧‍👦 🏳️‍🌈 🏴‍☠️ 🇩🇪 🇯🇵 ❤️ 👍🏽 5️⃣ 🧑🏿‍🚀 🏴󠁧󠁢󠁥󠁮󠁧󠁿 ♂️ ☕".split(" "),
  ...":/ :) ;-) :D :'( >:( <3 </3 ¯\\_(ツ)_/¯ ^_^ -_- o_O T_T \\o/ XD ._. (╯°□°)╯︵ ┻━┻ (^o^)丿 :3 ಠ_ಠ"
    .split(" "),
  ..."$5 $19.99 €20 £3 ¥500 50% 3.14 1,000,000 12:30 10.30am 20:15-21:45 1990s 1/2 #1 24/7 °C ±2"
    .split(" "),
  ..."node.js v2.4.2 config.json README.md main.rs e.g. i.e. U.S.A. a.m. Ph.D. C++ C# F# .NET"
    .split(" "),
  ..."snake_case_name my__var camelCase foo() a[0] x=>y a->b std::move i++ !important --flag -x"
    .split(" "),
  ..."/etc/hosts ~/bin C:\\temp a|b a&&b !x x!=y {a:1} %s @home R&D AT&T rock'n'roll".split(" "),
  ...'5 > 3 2 * 3 2**8 a*b*c well... …and (yes) [sic] "quoted" “so” «oui» »ja« – —'.split(" "),
];

/** Harmless chat on one line that starts with a word. */
export function harmless(random: () => number): string {
  const words = [
    pick(["Well,", "Hm:", "そう、", "Да,", "نعم،", "हाँ,", "OK", "🙂", "Ok -"], random),
  ];
  for (let left = 1 + random() * 12; left > 0; left--) words.push(pick(WORDS, random));
  return words.join(" ");
}
