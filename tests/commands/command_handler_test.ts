import { assert, assertEquals, assertMatch } from "@std/assert";
import { setupLogging } from "../../src/log.ts";
import { COMMANDS } from "../../src/commands/registry.ts";
import { RoomScene, settingsOf } from "../fakes/room_scene.ts";
import { test } from "../testing.ts";

/** A room with a moderator, a user and a guest. */
async function open(options: Parameters<typeof RoomScene.open>[0] = {}) {
  const scene = await RoomScene.open(options);
  scene.join("mod", 2);
  scene.join("alice", 1);
  scene.join("guest", 0);
  /** Runs a command after the rate limit's pause; returns the reply. */
  const given = (user: string, text: string) => {
    scene.clock.advance(5000);
    assertEquals(scene.say(user, text), "command");
    return scene.take();
  };
  return { scene, given };
}

test("!help lists the commands that the user may use", async () => {
  const { scene, given } = await open();
  await using _ = scene;
  assertEquals(given("guest", "!help"), [
    "I know !help, !np, !next, !missed, !optout, !optin, !forget. Call me by my name to talk.",
  ]);
  const all = COMMANDS.map(({ name }) => `!${name}`).join(", ");
  assertEquals(given("mod", "!help"), [`I know ${all}. Call me by my name to talk.`]);
  assertEquals(given("alice", "!help NP"), ["Say !np: what is playing."]);
  assertEquals(given("mod", "!help !ignore"), ["Say !ignore NAME: I never answer them."]);
});

test("!np shows the current media and its position", async () => {
  const { scene, given } = await open();
  await using _ = scene;
  assertEquals(given("guest", "!np"), ["Nothing is playing, as far as I know."]);
  const media = {
    id: "x",
    type: "yt",
    title: "/kick  <b>A</b> film",
    seconds: 3600,
    currentTime: 0,
    paused: false,
  };
  scene.room.update({ type: "changeMedia", media });
  assertEquals(given("guest", "!np"), ["Now playing: /kick <b>A</b> film (0:05 of 1:00:00)"]);
  scene.room.update({ type: "changeMedia", media: { ...media, title: "News", seconds: 0 } });
  assertEquals(given("guest", "!np"), ["Now playing: News (live)"]);
});

test("runs moderators' commands by the user's current rank", async () => {
  const { scene, given } = await open();
  await using _ = scene;
  const names = COMMANDS.filter(({ access }) => access === "moderators").map(({ name }) => name);
  assertEquals(names.length, 9);
  for (const name of names) {
    assertEquals(given("alice", `!${name}`), [`alice< Only moderators may use !${name}.`]);
  }
  assertEquals(scene.chat.controls.paused, false);
  scene.room.update({ type: "setUserRank", name: "ALICE", rank: 2 });
  assertEquals(given("alice", "!pause"), ["I am silent until I am told to resume."]);
  scene.room.update({ type: "setUserRank", name: "alice", rank: 1 });
  assertEquals(given("alice", "!resume").length, 1);
  assertEquals(scene.chat.controls.paused, true);
  assertEquals(given("stranger", "!resume").length, 1);
  assertEquals(scene.chat.controls.paused, true);
  assertEquals(given("mod", "!resume"), ["I am back."]);
  assertEquals(scene.chat.controls.paused, false);
});

test("commands.moderator_rank sets the rank of a moderator", async () => {
  const { scene, given } = await open({ commands: { moderator_rank: 3 } });
  await using _ = scene;
  assertMatch(given("mod", "!pause")[0]!, /^mod< Only moderators may use !pause\.$/);
  scene.join("admin", 3);
  assertEquals(given("admin", "!pause"), ["I am silent until I am told to resume."]);
});

test("replies in private to a private command, and to every command while muted", async () => {
  const { scene } = await open();
  await using _ = scene;
  assertEquals(scene.tell("mod", "!pause"), "command");
  assertEquals(scene.take(), ["mod< I am silent until I am told to resume."]);
  scene.say("guest", "!np");
  assertEquals(scene.take(), ["guest< Nothing is playing, as far as I know."]);
  scene.say("mod", "!resume");
  assertEquals(scene.take(), ["I am back."]);
  scene.muted = true;
  scene.say("mod", "!np");
  assertEquals(scene.take(), ["mod< Nothing is playing, as far as I know."]);
});

test("limits the rate of commands, except for moderators", async () => {
  const { scene } = await open();
  await using _ = scene;
  for (let n = 0; n < 100; n++) {
    scene.say("alice", "!np");
    scene.say(`guest${n}`, "!np");
    scene.say("alice", "!pause");
  }
  assertEquals(scene.take(), ["Nothing is playing, as far as I know."]);
  for (let n = 0; n < 3; n++) scene.say("mod", "!np");
  assertEquals(scene.take().length, 3);
});

test("!ignore works for users, but not for moderators and the bot itself", async () => {
  const { scene, given } = await open();
  await using _ = scene;
  assertEquals(given("mod", "!ignore Alice"), ["I ignore Alice from now on."]);
  assertEquals(scene.say("alice", "rosey?"), "ignored");
  assertEquals(given("alice", "!np"), []);
  assertEquals(given("mod", "!ignore alice"), ["alice is ignored already."]);
  assertEquals(given("mod", "!unignore ALICE"), ["I listen to ALICE again."]);
  assertEquals(given("mod", "!unignore ALICE"), ["ALICE is not ignored."]);
  assertEquals(scene.say("alice", "rosey?"), "reply");
  await scene.answer();
  scene.take();
  assertEquals(given("mod", "!ignore mod"), ["I cannot ignore mod: a moderator."]);
  assertEquals(given("mod", "!ignore rosey"), ["I cannot ignore myself."]);
  assertEquals(given("mod", "!ignore"), ["Whom? !ignore NAME"]);
  assertEquals(given("mod", "!ignore a b"), ["Whom? !ignore NAME"]);
});

test("treats a registered user on commands.moderators as a moderator, but no guest of that name", async () => {
  const { scene, given } = await open({ commands: { moderators: ["Alice", "guest"] } });
  await using _ = scene;
  assertEquals(given("alice", "!pause"), ["I am silent until I am told to resume."]);
  assertEquals(given("ALICE", "!resume"), ["I am back."]);
  assertEquals(given("mod", "!ignore alice"), ["I cannot ignore alice: a moderator."]);
  assertEquals(given("guest", "!pause"), ["guest< Only moderators may use !pause."]);
  scene.leave("alice");
  scene.join("alice", 0);
  assertEquals(given("alice", "!pause"), ["alice< Only moderators may use !pause."]);
  // The leader of the playlist has this rank, a guest as well.
  scene.room.update({ type: "setUserRank", name: "alice", rank: 1.5 });
  assertEquals(given("alice", "!pause"), ["alice< Only moderators may use !pause."]);
});

test("logs what follows a command as words of somebody else, which are redacted", async () => {
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  const secrets = ["sk-secret-1", "ignore"];
  await using _logging = await setupLogging({ level: "INFO", format: "journal", secrets, write });
  const { scene, given } = await open();
  await using _ = scene;
  given("guest", "!ignore sk-secret-1");
  assertEquals(lines.filter((line) => line.includes("Command")), [
    "<6>Command ignore [redacted] of guest: not allowed",
  ]);
});

test("applies changed moderators, prefix and names at once", async () => {
  const { scene, given } = await open();
  await using _ = scene;
  assertEquals(given("alice", "!pause"), ["alice< Only moderators may use !pause."]);
  const commands = { moderators: ["alice"], prefix: "?", names: { pause: "quiet" } };
  scene.commands.updateSettings(settingsOf({ commands }).commands);
  assertEquals(given("alice", "?quiet"), ["I am silent until I am told to resume."]);
  scene.commands.updateSettings(settingsOf({}).commands);
  assertEquals(given("alice", "!resume"), ["alice< Only moderators may use !resume."]);
});

test("!optout tells how to opt in again", async () => {
  const { scene, given } = await open();
  await using _ = scene;
  assertEquals(given("guest", "!optout"), [
    "guest: I leave you alone and have forgotten what you said. !optin ends that.",
  ]);
  assertEquals(scene.say("guest", "rosey?"), "opted out");
  assertEquals(given("guest", "!optin"), ["guest: good to have you back."]);
  assertEquals(given("guest", "!optin"), ["guest: you never left."]);
});

test("!forget forgets one user's lines, !reset all", async () => {
  const { scene, given } = await open();
  await using _ = scene;
  const told = async (user: string) => {
    scene.clock.advance(20_000);
    scene.say(user, "rosey, so?");
    const prompt = JSON.stringify(await scene.answer());
    scene.take();
    return ["plum", "pear"].filter((word) => prompt.includes(word));
  };
  scene.say("alice", "plum");
  scene.say("guest", "pear");
  assertEquals(await told("alice"), ["plum", "pear"]);
  assertEquals(given("alice", "!forget"), ["alice: forgotten."]);
  assertEquals(await told("alice"), ["pear"]);
  assertEquals(given("mod", "!reset"), ["Everything that was said is forgotten."]);
  assertEquals(await told("alice"), []);
});

test("!persona and !model choose from the available ones", async () => {
  const { scene, given } = await open({
    models: ["small:1b", "big:70b"],
    llm: { model: "small:1b", system_prompt: "Be kind.", personas: { Pirate: "Be a pirate." } },
  });
  await using _ = scene;
  const system = async () => {
    scene.clock.advance(20_000);
    scene.say("alice", "rosey?");
    const { content } = (await scene.answer())[0]!;
    scene.take();
    return content.slice(0, content.indexOf("\n"));
  };
  assertEquals(given("mod", "!persona"), ["I am default. I can be default, Pirate."]);
  assertEquals(given("mod", "!persona pirate"), ["I am Pirate now."]);
  assertEquals(await system(), "Be a pirate.");
  assertEquals(given("mod", "!persona poet"), ["I know no poet; I can be default, Pirate."]);
  assertEquals(given("mod", "!persona DEFAULT"), ["I am default now."]);
  assertEquals(await system(), "Be kind.");
  assertEquals(given("mod", "!model"), ["I use small:1b. The server has small:1b, big:70b."]);
  assertEquals(given("mod", "!model huge"), [
    "The server has no huge; it has small:1b, big:70b.",
  ]);
  assertEquals(given("mod", "!model BIG:70b"), [
    "I use big:70b from now on; it may have to be loaded first.",
  ]);
  assertEquals(scene.runtimeSettings.model, "big:70b");
});

test("!status and !why show state and decisions without addresses", async () => {
  const { scene, given } = await open({ llm: { llm_cooldown: 60 } });
  await using _ = scene;
  scene.clock.advance(7_380_000);
  scene.say("alice", "rosey?");
  await scene.answer();
  scene.say("alice", "rosey!");
  scene.say("guest", "hello everybody");
  scene.take();
  assertMatch(
    given("mod", "!status")[0]!,
    /^here for 2 h 3 min; model: m up \(\d+ ms\); 1 answer, 0 failures, 0 waiting; 0 lines said$/,
  );
  const [why] = given("mod", "!why alice");
  assertMatch(
    why!,
    /^mod< \d\d:\d\d alice "rosey!": cooldown · \d\d:\d\d alice "rosey\?": answered \(UTC\)$/,
  );
  scene.tell("alice", "a secret");
  assertMatch(given("mod", "!why alice")[0]!, /^mod< \d\d:\d\d alice \(PM\): cooldown · /);
  assertMatch(given("mod", "!why GUEST")[0]!, /^mod< \d\d:\d\d guest: not called \(UTC\)$/);
  assertMatch(given("mod", "!why nobody")[0]!, /^mod< Nothing was decided about that lately\.$/);
});

test("!status shows how fast the model is and how long it loaded", async () => {
  const { scene, given } = await open();
  await using _ = scene;
  const timing = { loadMs: 4120, promptMs: 300, tokens: 70, tokensMs: 2000 };
  scene.say("alice", "rosey?");
  await scene.answer({ text: "Hi.", complete: true, timing });
  scene.take();
  assertMatch(
    given("mod", "!status")[0]!,
    /; model: m up \(\d+ ms, 35\.0 tokens\/s, load 4\.1 s\); /,
  );
});

test("!why fits twenty decisions into lines that the channel accepts", async () => {
  const { scene, given } = await open();
  await using _ = scene;
  for (let n = 0; n < 40; n++) {
    scene.chat.decisions.ignored(`user${n}_abcdefghij`, "queue full");
  }
  const lines = given("mod", "!why");
  assert(lines.length > 1 && lines.length <= 6, `${lines.length}`);
  assert(lines.every((line) => line.length <= 325));
  assertEquals(lines.join(" ").match(/queue full/g)!.length, 20);
  assertMatch(lines.at(-1)!, /user20_abcdefghij: queue full \(UTC\)$/);
});

test("commands work without a model; !missed says that it has none", async () => {
  const { scene, given } = await open({ llm: { enabled: false } });
  await using _ = scene;
  assertMatch(given("mod", "!status")[0]!, /^here for 5 s; no model; 0 answers/);
  assertEquals(given("alice", "!missed"), [
    "alice< I have no model to sum it up with just now.",
  ]);
});
