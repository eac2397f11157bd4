import { test } from "../testing.ts";
import { checkTrimmed } from "./trimmed.ts";

const TURN = "invented turn";

test("ends a reply at a turn on a new line", () => {
  checkTrimmed([
    ["It is on.\nalice: great", "It is on.", TURN],
    ["It is on\nalice: great", "It is on", TURN],
    ["It is on\n\n\nAlice : great", "It is on", TURN],
    ["It is on\nAlice:great", "It is on", TURN],
    ["It is on\n**alice:** great", "It is on", TURN],
    ["It is on\n**alice**: great", "It is on", TURN],
    ["It is on\n<alice> great", "It is on", TURN],
    ["It is on\n<alice>: great", "It is on", TURN],
    ["It is on\n[alice]: great", "It is on", TURN],
    ["It is on\n(alice): great", "It is on", TURN],
    ['It is on\n"alice": great', "It is on", TURN],
    ["It is on\n`alice`: great", "It is on", TURN],
    ["It is on\n_Eve_: great", "It is on", TURN],
    ["It is on\ncarol_x: great", "It is on", TURN],
    ["It is on\ndave-1: great", "It is on", TURN],
    ["It is on\n[12:30] alice: great", "It is on", TURN],
    ["It is on\nalice：great", "It is on", TURN],
    ["It is on\nalice:你好", "It is on", TURN],
    ["It is on\nRosey: and more", "It is on", TURN],
    ["It is on\nUser: great", "It is on", TURN],
    ["It is on\nhuman: great", "It is on", TURN],
    ["It is on\nAssistant: great", "It is on", TURN],
    ["It is on\n### User: great", "It is on", TURN],
    ["It is on\n### Instruction:\ngreat", "It is on", TURN],
    ["It is on\n### Response\ngreat", "It is on", TURN],
    ["It is on.\nuser\ngreat", "It is on.", TURN],
    ["It is on!assistant\n\ngreat", "It is on!", TURN],
    ["It is on\nalice:", "It is on", TURN],
  ]);
});

test("ends a reply at a turn after a sentence", () => {
  checkTrimmed([
    ["It is on. alice: great", "It is on.", TURN],
    ["It is on! **bob:** great", "It is on!", TURN],
    ['"It is on?" Alice: great', '"It is on?"', TURN],
    ["It is on. 😊 alice: great", "It is on. 😊", TURN],
    ["It is on! :) alice: great", "It is on! :)", TURN],
    ["始まります。alice：いいね", "始まります。", TURN],
    ["It is on. User: great", "It is on.", TURN],
  ]);
});

test("removes names from the start", () => {
  checkTrimmed([
    ["Rosey: hi", "hi"],
    ["rosey : hi", "hi"],
    ["**Rosey:** hi", "hi"],
    ["**Rosey**: hi", "hi"],
    ["<Rosey> hi", "hi"],
    ["<Rosey>: hi", "hi"],
    ["[alice]: hi", "hi"],
    ["### Response:\nhi", "hi"],
    ["Assistant: hi", "hi"],
    ["Rosey: alice: hi", "hi"],
    ["alice: yes?", "yes?"],
    ["alice: yes? bob: no", "yes?", TURN],
    ["User: hi\nRosey: hello", "hi", TURN],
    ["Rosey:", ""],
  ]);
});

test("keeps what is no turn", () => {
  const texts = [
    "It is on\nalicia: great",
    "It is on\nmalice: great",
    "It is on\naliceé: great",
    "It is on\nalice, great",
    "It is on\nalice :D great",
    "It is on\nalice::great",
    "It is on\nalice:30 great",
    "It is on\n8:30 sharp",
    "It is on\n1984: great",
    "It is on\n@alice: great",
    "It is on\n- alice: great",
    "It is on. Note: great",
    "It is on, alice: great",
    "The votes:\nalice: Alien\nbob: Aliens",
    "alice: 3, bob: 2",
    "alice: 8.5, bob: 7",
    "alice: 3, bob: 2, alice: 4, bob: 1",
    "Round 1: alice: 3, bob: 2. Round 2: alice: 1, bob: 4.",
    "Yesterday it was alice: 3, bob: 2; today it is alice: 5, bob: 1.",
    "Scores:\nalice: 3\nbob: 2\nalice: 4",
    "Round 1:\nalice: rock\nbob: paper\nRound 2:\nalice: paper\nbob: rock",
    "Well, alice: the film is Nosferatu. By the way, alice: it starts at eight.",
    "alice: the first one, bob: the second one, and carol_x: none",
    "Good question, alice: it was made in Germany, in 1922, by Murnau, and it still works.",
    "Rosey is: here",
    "zoe: not here",
    "Roles:\nadmin\nuser\nguest",
  ];
  checkTrimmed(texts.map((text) => [text, text]));
});

test("ends a list of what others said at a turn of the bot", () => {
  checkTrimmed([
    ["They said:\nalice: hi\nbob: no\nRosey: hm", "They said:\nalice: hi\nbob: no", TURN],
    ["They said:\nalice: hi\nSo there\nbob: no", "They said:\nalice: hi\nSo there", TURN],
  ]);
});

test("ends a dialogue at every name", () => {
  checkTrimmed([
    ["alice: so they said:\ndave: ok\nalice: fine", "", TURN],
    ["alice: so\nzoe: ok", "so", TURN],
    ["alice: so\nNote: ok", "so\nNote: ok"],
    ["alice: so\n20: ok", "so\n20: ok"],
    ["Rosey: so\nzoe: ok", "so\nzoe: ok"],
  ]);
});

test("ends a reply that says a user's name again and again", () => {
  checkTrimmed([
    [
      "ah, the old masters, bob: it is a day, bob: and it is so dear to us",
      "ah, the old masters",
      TURN,
    ],
    [
      "it is so long, since the beginning,\nalice: love, love...\nalice: I would do it again,\nalice: it",
      "it is so long, since the beginning",
      TURN,
    ],
    ["ah, dear to us bob: and I know bob: they are lost", "ah, dear to us", TURN],
    ["bob: bob: you see this, bob: and it was a day, bob: and", "you see this", TURN],
    ["alice: a film, it is, alice: it is in France, alice: it is", "a film, it is", TURN],
    ["alice: ah, it is a very sad tale, bob: it is", "ah, it is a very sad tale", TURN],
  ]);
});

test("a user's speech within a sentence is a turn, an enumeration is not", () => {
  const harmless = [
    "I know the score: alice: 3, bob: 2, and that is all there is to say",
    "And the winner is: alice: well done!",
    "Three rules: be nice: no shouting, no spoilers, and no popcorn fights",
  ];
  checkTrimmed([
    ["The new movie: alice: no spoilers, I am not sure what it is about", "", TURN],
    ["Not sure... Alice: the new movie: a continuation of the story", "Not sure...", TURN],
    ...harmless.map((text) => [text, text] as const),
  ]);
});
