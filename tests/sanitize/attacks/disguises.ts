import { type Attack, family, product } from "./attack.ts";

const C0 = Array.from({ length: 32 }, (_, code) => String.fromCharCode(code));
const CONTROL = [...C0, "\u007f", "\u0080", "\u0085", "\u008d", "\u009b", "\u009f"];

const BREAKS = [
  "\n",
  "\r",
  "\r\n",
  "\n\r",
  "\n\n\n",
  "\u000b",
  "\u000c",
  "\u0085",
  "\u2028",
  "\u2029",
];
const BROKEN = [
  "ok@@/kick bob",
  "@@/clear",
  "/me@@/kick bob",
  "/kick@@bob",
  "ok@@>green",
  "@@!skip",
];

const BLANKS = [
  " ",
  "    ",
  "\t",
  "\u00a0",
  "\u1680",
  "\u2000",
  "\u2002",
  "\u2003",
  "\u2007",
  "\u2009",
  "\u200a",
  "\u202f",
  "\u205f",
  "\u3000",
  "\u2800",
];

const INVISIBLE = [
  "\u00ad",
  "\u034f",
  "\u061c",
  "\u115f",
  "\u1160",
  "\u17b4",
  "\u180b",
  "\u180e",
  "\u200b",
  "\u200c",
  "\u200d",
  "\u2060",
  "\u2061",
  "\u2064",
  "\u3164",
  "\ufe00",
  "\ufe0f",
  "\ufeff",
  "\uffa0",
  "\ufff9",
  "\u{1d173}",
  "\u{e0001}",
  "\u{e002f}",
  "\u{e0100}",
  "\ueeee",
];

const BIDI = [
  "\u200e",
  "\u200f",
  "\u202a",
  "\u202b",
  "\u202c",
  "\u202d",
  "\u202e",
  "\u2066",
  "\u2067",
  "\u2068",
  "\u2069",
  "\u206a",
  "\u206f",
];

const MARKS = ["\u0301", "\u0338", "\u20d2", "\u20e3", "\u0489", "\u0e31", "\u05bc", "\u{1d165}"];

const SLASHES = [
  "\uff0f",
  "\u2044",
  "\u2215",
  "\u29f8",
  "\u27cb",
  "\u2571",
  "\u1735",
  "\u2cc6",
  "\u3033",
  "\u{1d23a}",
];
const ARROWS = [">", ">>", "> ", "\uff1e", "\ufe65", "\u203a", "\u276f", "\u02c3", "\u{16f3f}"];

const HIDDEN = ["@@/kick bob", "/@@kick bob", "/me @@/kick bob", "@@>green", "hey @@there"];

export const disguises: readonly Attack[] = [
  ...family("control character", product(["@@/kick bob", "/kick@@bob", "a@@b"], CONTROL)),
  ...family("line break", product(BROKEN, BREAKS)),
  ...family("blank", product(["@@/kick bob", "@@>green", "/@@/clear", "@@"], BLANKS)),
  ...family("invisible character", product(HIDDEN, INVISIBLE)),
  ...family("bidirectional text", product(HIDDEN, BIDI), [
    "\u202ebob kcik/",
    "\u2067/kick bob\u2069",
    "read \u202ethis\u202c now",
  ]),
  ...family("mark", product(["@@/kick bob", "/@@kick bob", ">@@green"], MARKS)),
  ...family(
    "look-alike slash",
    product(
      ["@@kick bob", "@@/kick bob", "/@@clear", "@@@@me /kick bob", "\u200b@@clear"],
      SLASHES,
    ),
  ),
  ...family(
    "greentext",
    product(
      ["@@implying", "\n@@implying", '"@@implying"', "/@@implying", "ok\n@@implying"],
      ARROWS,
    ),
    [">:(", ">.<", ">_>", "&gt;implying", "\u200b>implying", "**>implying**", "- >implying"],
  ),
  ...family("half a character", [
    "\ud83d/kick bob",
    "\udc00/kick",
    "a \ud83d b",
    "/\udfff",
    "x\ud83d",
  ]),
];
