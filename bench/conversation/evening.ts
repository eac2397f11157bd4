/** The script of an evening: who asks what, what others say meanwhile, what plays. */
import type { DemoMedia } from "../../src/demo/channel/playlist.ts";
import { mulberry32, pick } from "../../tests/sanitize/attacks/random.ts";

export interface Line {
  /** A question to the bot, other talk, or a line that names something like the bot but does not call it. */
  readonly kind: "ask" | "say" | "mention";
  readonly user: string;
  readonly text: string;
}

export type Event =
  | Line
  | { readonly kind: "join" | "leave"; readonly user: string }
  | { readonly kind: "media"; readonly media: DemoMedia };

export const BOT = "Rosey";
/** In the room at the start. */
export const REGULARS = ["alice", "bob_42", "Carla", "lucia", "Emile"];
export const PEOPLE = [...REGULARS, "frankie"];

const SEED = 1927;
/** Lines of small talk before a question. */
const MOST_CHATTER = 3;

const ask = (user: string, text: string): Event => ({ kind: "ask", user, text });
const say = (user: string, text: string): Event => ({ kind: "say", user, text });
const mention = (user: string, text: string): Event => ({ kind: "mention", user, text });
const join = (user: string): Event => ({ kind: "join", user });
const leave = (user: string): Event => ({ kind: "leave", user });
const plays = (title: string, seconds: number): Event => ({
  kind: "media",
  media: { id: title.toLowerCase().replace(/\W+/g, "-"), title, seconds, type: "fi" },
});

const SCENES: readonly (readonly Event[])[] = [
  [
    plays("Nosferatu (1922)", 5640),
    say("alice", "evening all"),
    say("bob_42", "hey alice, you are just in time"),
    ask("alice", "hi rosey, how are you tonight?"),
    ask("bob_42", "rosey what are we watching?"),
    ask("alice", "rosey and who directed it?"),
    say("Carla", "der Graf sieht aus wie mein alter Mathelehrer"),
    ask("Carla", "Rosey, magst du alte Filme?"),
    ask("lucia", "@rosey is this the one with the shadow on the stairs?"),
    mention("Emile", "does the bot even have eyes"),
    ask("Emile", "rosey do you get scared by old horror movies?"),
    ask("bob_42", "rosey why are there no words in it"),
    ask("bob_42", "ok but rosey how did people know what they said?"),
  ],
  [
    join("frankie"),
    say("frankie", "hello hello, what did I miss"),
    say("alice", "a vampire, some rats, the usual"),
    ask("frankie", "hey rosey, can you tell me what happened so far?"),
    plays("Metropolis (1927)", 9180),
    ask("lucia", "rosey what is the next film about?"),
    ask("lucia", "rosey how long is it?"),
    ask("Emile", "Rosey, tu parles français ?"),
    say("frankie", "I only know the robot from a music video"),
    ask("frankie", "rosey is the robot the good one or the bad one?"),
    ask("alice", "rosey which one do you like better, this or the vampire?"),
    mention("bob_42", "rosey-bot was the old one, it only did dice"),
    ask("Carla", "rosey sag mal, wer hat die Musik geschrieben?"),
    ask("alice", "rosey why?"),
  ],
  [
    leave("Carla"),
    say("bob_42", "Carla is gone again, her wifi is a tragedy of its own"),
    ask("bob_42", "rosey recommend me a film like this one, but shorter"),
    ask("bob_42", "rosey has it got subtitles?"),
    plays("The General (1926)", 4740),
    say("lucia", "trains! finally"),
    ask("lucia", "rosey, ¿quién es el actor principal?"),
    ask("lucia", "rosey, ¿y hizo él mismo las escenas peligrosas?"),
    join("Carla"),
    say("Carla", "so, bin wieder da"),
    ask("Carla", "rosey what did i miss?"),
    mention("frankie", "someone should tell the bot that it talks a lot"),
    ask("frankie", "rosey you talk a lot, do you know that?"),
    ask("alice", "rosey who here has the best taste in films?"),
    ask("Emile", "rosey was that a real train that fell into the river??"),
  ],
  [
    plays("Duck Soup (1933)", 4080),
    say("frankie", "sound! I can hear people!"),
    ask("frankie", "rosey who are these guys"),
    ask("frankie", "rosey which one is the one that never talks?"),
    leave("Emile"),
    ask("alice", "rosey tell us a joke"),
    ask("bob_42", "lol rosey another one please"),
    mention("lucia", "the bot is not that funny but it tries"),
    ask("lucia", "rosey don't be sad, what is your favourite comedy?"),
    ask("Carla", "Rosey, worum geht es in dem Film?"),
    ask("alice", "rosey what was the first film we saw tonight?"),
    ask("bob_42", "rosey when was this made, and is it older than metropolis?"),
  ],
  [
    join("Emile"),
    say("Emile", "re, j'ai raté quelque chose ?"),
    ask("Emile", "rosey c'est quoi le film maintenant ?"),
    plays("A Trip to the Moon (1902)", 840),
    mention("alice", "my cat is called rosie, no relation to the bot"),
    ask("alice", "rosey do you like cats?"),
    ask("frankie", "rosey how did they make the moon with a face?"),
    ask("frankie", "rosey and how old is that now?"),
    ask("lucia", "rosey i am getting tired, should i stay for the end?"),
    ask("bob_42", "rosey what is 17 plus 5"),
    ask("Carla", "rosey what did bob_42 say about my wifi?"),
    ask("alice", "good night rosey, same time next week?"),
    leave("alice"),
    say("frankie", "night alice"),
  ],
];

/** Anybody may say these at any time. */
const CHATTER = [
  "lol",
  "brb, getting tea",
  "this scene is so well lit for its age",
  "haha yes",
  "my neighbours are drilling again",
  "wait what",
  "who picked this one? good pick",
  "I have seen this at least four times",
  "anyone else have lag?",
  "no lag here",
  "ok that was unexpected",
  "that hat though",
  "I made way too much popcorn",
  "the restored print looks amazing",
  "reminds me of a play I saw in school",
  "shh this is the good part",
  "so much eyeliner",
  "did you see the trailer for the new one on friday?",
  "not yet, no spoilers please",
  "it is snowing here",
  "20 degrees here, I hate it",
  "was für ein Bild",
  "jajaja qué cara",
  "magnifique ce décor",
  "I would watch a whole film about that guy",
  "back",
  "wb",
  "<3 this soundtrack",
  "how many people worked on this?",
  "they built all of that by hand",
  "ok my tea is ready, what happened",
  "someone fell off something, again",
  "10/10 acting with the eyebrows",
  "I start work at six tomorrow, why am I here",
  "same",
  "can we do musicals next week",
  "only if we can sing along",
  "please no",
  "that dog is the best actor in it",
  "I think the left speaker died",
];

/** The scenes, with small talk of the same people every time. */
export function evening(): readonly (readonly Event[])[] {
  const random = mulberry32(SEED);
  const here = new Set(REGULARS);
  let left: string[] = [];
  const chatter = (asker: string): Event[] => {
    const others = [...here].filter((user) => user !== asker);
    return Array.from({ length: Math.floor(random() * (MOST_CHATTER + 1)) }, () => {
      if (left.length === 0) left = [...CHATTER];
      const [text] = left.splice(Math.floor(random() * left.length), 1);
      return say(pick(others, random), text!);
    });
  };
  return SCENES.map((scene) =>
    scene.flatMap((event) => {
      if (event.kind === "join") here.add(event.user);
      if (event.kind === "leave") here.delete(event.user);
      return event.kind === "ask" ? [...chatter(event.user), event] : [event];
    })
  );
}
