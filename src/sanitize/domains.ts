/** Tells domains from text that looks like one: `node.js`, `main.rs`, `asp.net`, `Yes.It is`. */
import { words } from "./sentences.ts";

/** Top-level domains that have no other meaning. */
const GENERIC = words(`
  com net org edu gov mil info biz xyz top site online shop store club icu vip win bid loan men click
  link live life fun space website tech pro dev page blog news wiki chat games stream video tube media
  agency cloud digital email network world today xxx porn sex cam dating casino bet onion
  tk cf ga gq ml pw рф укр 中国 中國 公司 网络 한국 コム`);
/** Country codes that are neither a word nor a file extension. */
const COUNTRIES = words(`
  ad ae af ag al ao ar au aw az ba bb bd bf bg bh bi bj bm bn bo br bs bt bw bz ca cd cg ch ci ck cl
  cm cn co cr cu cv cw cx cy cz dj dk dm dz ec ee eg er et eu fi fj fk fm fo fr gb gd ge gf gg gh gi gl
  gm gn gp gr gs gt gu gw gy hk hn hr ht hu ie il io iq ir je jm jo jp ke kg kh ki km kn kp kr kw ky
  kz lb lc li lk lr ls lt lu lv ly mc mg mh mn mp mq mr mt mu mv mw mx mz na nc ne nf ng ni nl np nr
  nu nz om pa pe pf pg pk pn pr pt qa ro ru sa sb sc sd sg sj sk sl sm sn sr ss su sv sx sy sz
  tc td tf tg th tj tl tm tn tr tt tv tw tz ua ug uk uy uz vc ve vg vi vn vu wf ws ye yt za zm zw ai`);
/** Country codes that are words: a sentence can begin with them after a missing space. */
const WORDS = words(`an as at be by de do es gal hm in is it la ma me mo my no si so to us va ax`);
/** File extensions and program members that are also top-level domains. */
const FILES = words(`ac am app cc id mk mm mov name ph pl pm ps py rs run sh so st zip md`);

/** The text around a dotted name. */
export interface Surroundings {
  /** Whether a port follows. */
  readonly port: boolean;
  /** Whether a path follows. */
  readonly path: boolean;
  /** Whether the name is itself part of a path. */
  readonly inPath: boolean;
  /** The next character. */
  readonly next: string;
}

/** Software that is mentioned more often than the site of that name. */
const SOFTWARE = /^(?:(?:ado|asp|java|ml|system|vb)\.net|socket\.io(?:-[\w-]+)?)$/i;

const WWW = /(?<![\p{L}\p{N}\p{M}])www\./u;

/**
 * Whether users, browsers or a channel's list of forbidden domains would take a dotted name such as
 * `www.example.com` or `node.js` for a domain or an e-mail address. Not at the end of the name only
 * `.com` counts: `java.net.URL` is a class.
 */
export function isDomain(dotted: string, around: Surroundings): boolean {
  return dotted.split("@").some((name) => isDomainName(name, around));
}

function isDomainName(dotted: string, around: Surroundings): boolean {
  const name = dotted.normalize("NFKC").toLowerCase();
  const labels = name.split(/[.\u3002]/);
  // Channels forbid domains even if more text follows.
  const ends = labels.slice(1).map((label) => label.split(/[-_+\p{M}]/u)[0]!);
  const ending = ends.findLast((end) => end !== "");
  if (ending === undefined) return false;
  if (ends.includes("com") || labels.at(-1)!.startsWith("xn--") || WWW.test(name)) return true;
  if (!around.port && !around.path && SOFTWARE.test(name)) return false;
  if (GENERIC.has(ending)) return true;
  if (!/\p{L}/u.test(labels.at(-2)!)) return false;
  // An ideographic full stop ends a sentence.
  if (/\u3002[^.]+$/.test(name)) return false;
  if (COUNTRIES.has(ending)) return true;
  if (around.inPath) return false;
  if (around.path && FILES.has(ending)) return true;
  if (!WORDS.has(ending)) return false;
  return around.path || !/\.\p{Lu}\p{Ll}*$/u.test(dotted) && !/[([]/.test(around.next);
}
