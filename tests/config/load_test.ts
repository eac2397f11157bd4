import { assertEquals, assertMatch } from "@std/assert";
import { changesBetween } from "../../src/config/settings.ts";
import { load, MINIMAL, problemsOf } from "./loading.ts";
import { test } from "../testing.ts";

test("configuration has the documented defaults", () => {
  const { settings, warnings, secrets } = load(MINIMAL);
  assertEquals({ settings, warnings, secrets }, {
    settings: {
      domain: "https://cytu.be",
      channel: { name: "room" },
      user: { name: "Rosey" },
      afk: true,
      kickPauseSeconds: 300,
      logLevel: "INFO",
      logFormat: "auto",
      chatLogFile: undefined,
      mediaLogFile: undefined,
      logMaxMegabytes: 10,
      logKeep: 5,
      stateFile: undefined,
      status: { port: undefined },
      commands: { enabled: true, prefix: "!", moderatorRank: 2, moderators: [], names: {} },
      llm: {
        enabled: false,
        provider: "ollama",
        model: "",
        ollamaHosts: [{
          url: "http://localhost:11434",
          source: "llm.ollama_host",
          model: undefined,
          apiKey: undefined,
          keySource: "llm.ollama_host.api_key",
          variable: { name: "OLLAMA_API_KEY", key: undefined },
          caCertificates: undefined,
          headers: undefined,
        }],
        openaiApiKey: undefined,
        openaiBaseUrl: "https://api.openai.com/v1",
        caCertificates: undefined,
        headers: {},
        persona: { text: "", options: {} },
        personaFile: undefined,
        personas: {},
        triggers: [],
        cooldownSeconds: 10,
        maxHistoryMessages: 10,
        roomContextLines: 15,
        maxSentences: 3,
        maxLines: 2,
        address: "auto",
        followUpSeconds: 0,
        maxRepliesPerMinute: 20,
        lore: [],
        staleAfterSeconds: 60,
        answerPm: true,
        ignoreUsers: [],
        loopTurns: 3,
        speakOn: { keyword: [], messages: undefined, join: undefined, media: undefined },
        responseTimeoutSeconds: 30,
        firstTokenTimeoutSeconds: undefined,
        loadTimeoutSeconds: 300,
        probeTimeoutSeconds: 5,
        keepAlive: "5m",
        options: {},
        think: false,
        fallbacks: [],
        allowLinks: false,
        fallbackResponse: undefined,
      },
    },
    warnings: [],
    secrets: [],
  });
});

test("configuration accepts every setting of the file", () => {
  const { settings, warnings } = load({
    domain: "https://cytube.example/",
    channel: ["room", "door"],
    user: ["Rosey", "hunter22"],
    log_level: "debug",
    log_format: "json",
    log_max_mb: 0.5,
    log_keep: 9,
    state_file: "",
    chat_log_file: "",
    llm: {
      enabled: true,
      provider: " Ollama ",
      model: " llama3.2:3b ",
      ollama_host: "http://gpu:1",
      openai_api_key: "sk-12345",
      openai_base_url: "http://lm:2/v1",
      system_prompt: "You are {bot}.",
      llm_triggers: ["rosey", "@rosey"],
      llm_cooldown: 2.5,
      max_history_messages: 4,
      personas: { pirate: "You are a pirate.", poet: { file: "poet.md" } },
      room_context_lines: 5,
      max_sentences: 5,
      max_lines: 1,
      address: "never",
      follow_up_seconds: 15,
      max_replies_per_minute: 0,
      lore: [{ keywords: ["popcorn"], text: "On Fridays." }],
      stale_after: 30,
      answer_pm: false,
      ignore_users: ["OtherBot"],
      loop_turns: 0,
      speak_on: {
        keyword: { words: ["popcorn"], cooldown: 5, chance: 0.5 },
        messages: { every: 50 },
        join: {},
        media: { cooldown: 0 },
      },
      response_timeout: 5,
      first_token_timeout: 4,
      load_timeout: 60,
      probe_timeout: 2,
      keep_alive: -1,
      options: { num_ctx: 4096 },
      think: "low",
      headers: { "X-Gateway": "key-of-gateway" },
      fallbacks: [{ provider: "openai", model: "other" }],
      allow_links: true,
      fallback_response: "Not now.",
    },
    commands: {
      enabled: false,
      prefix: "?",
      moderator_rank: 3,
      moderators: ["alice", "Bob-2"],
      names: { np: "now", missed: "" },
    },
  }, { files: { "/etc/rosey/poet.md": "You are a poet." } });
  const { llm: { fallbacks, ...llm }, ...rest } = settings;
  const unused = ["llm.openai_base_url", "llm.openai_api_key"];
  assertEquals(warnings, [
    ...unused.map((key) => `${key} has no effect: llm.provider is ollama`),
    "llm.ollama_host: a key or password crosses http:// unencrypted; use https://, or a tunnel",
  ]);
  assertEquals(rest.domain, "https://cytube.example");
  assertEquals(rest.channel, { name: "room", password: "door" });
  assertEquals(rest.user, { name: "Rosey", password: "hunter22" });
  assertEquals(rest.logLevel, "DEBUG");
  assertEquals(rest.logFormat, "json");
  assertEquals(rest.commands, {
    enabled: false,
    prefix: "?",
    moderatorRank: 3,
    moderators: ["alice", "Bob-2"],
    names: { np: "now", missed: "" },
  });
  assertEquals(rest.logMaxMegabytes, 0.5);
  assertEquals(rest.logKeep, 9);
  assertEquals(rest.stateFile, undefined);
  assertEquals(fallbacks.map(({ provider, model }) => [provider, model]), [["openai", "other"]]);
  assertEquals(llm, {
    enabled: true,
    provider: "ollama",
    model: "llama3.2:3b",
    ollamaHosts: [{
      url: "http://gpu:1",
      source: "llm.ollama_host",
      model: undefined,
      apiKey: undefined,
      keySource: "llm.ollama_host.api_key",
      variable: { name: "OLLAMA_API_KEY", key: undefined },
      caCertificates: undefined,
      headers: undefined,
    }],
    openaiApiKey: "sk-12345",
    openaiBaseUrl: "http://lm:2/v1",
    caCertificates: undefined,
    persona: { text: "You are {bot}.", options: {} },
    personaFile: undefined,
    personas: {
      pirate: { text: "You are a pirate.", options: {} },
      poet: { text: "You are a poet.", options: {} },
    },
    triggers: ["rosey", "@rosey"],
    cooldownSeconds: 2.5,
    maxHistoryMessages: 4,
    roomContextLines: 5,
    maxSentences: 5,
    maxLines: 1,
    address: "never",
    followUpSeconds: 15,
    maxRepliesPerMinute: 0,
    lore: [{ keywords: ["popcorn"], text: "On Fridays." }],
    staleAfterSeconds: 30,
    answerPm: false,
    ignoreUsers: ["OtherBot"],
    loopTurns: 0,
    speakOn: {
      keyword: [{ words: ["popcorn"], cooldownSeconds: 5, chance: 0.5 }],
      messages: { every: 50, cooldownSeconds: 300, chance: 1 },
      join: { cooldownSeconds: 300, chance: 1 },
      media: { cooldownSeconds: 0, chance: 1 },
    },
    responseTimeoutSeconds: 5,
    firstTokenTimeoutSeconds: 4,
    loadTimeoutSeconds: 60,
    probeTimeoutSeconds: 2,
    keepAlive: -1,
    options: { num_ctx: 4096 },
    think: "low",
    headers: { "x-gateway": "key-of-gateway" },
    allowLinks: true,
    fallbackResponse: "Not now.",
  });
});

test("changes have the names of the file, separated by whether they need a restart", () => {
  const before = load({ ...MINIMAL, log_level: "INFO" }).settings;
  assertEquals(changesBetween(before, before), { live: [], restart: [] });
  const keyword = [{ words: ["film"] }];
  const spoken = load({ ...MINIMAL, log_level: "INFO", llm: { speak_on: { keyword } } }).settings;
  assertEquals(changesBetween(before, spoken).live, ["llm.speak_on.keyword"]);
  const after = load({
    ...MINIMAL,
    user: "Other",
    kick_pause: 60,
    log_level: "DEBUG",
    log_max_mb: 1,
    log_keep: 1,
    state_file: "/s.db",
    status: { port: 9100 },
    llm: { llm_triggers: ["x"], ollama_host: "http://gpu", options: { num_ctx: 1 } },
  }).settings;
  assertEquals(changesBetween(before, after), {
    live: ["log_level", "llm.ollama_host", "llm.options", "llm.llm_triggers"],
    restart: ["user", "kick_pause", "log_max_mb", "log_keep", "state_file", "status.port"],
  });
});

test("think and keep_alive take what Ollama takes", () => {
  const llm = (settings: Record<string, unknown>) =>
    load({ ...MINIMAL, llm: settings }).settings.llm;
  for (const think of [true, false, "low", "medium", "high", "max"]) {
    assertEquals(llm({ think }).think, think);
  }
  const durations = [
    "0",
    "+0",
    "-0",
    "5m",
    "+5m",
    "-1m",
    ".5h",
    "1.s",
    "1h30m",
    "1\u00b5s",
    "1\u03bcs",
  ];
  for (const keepAlive of [...durations, 0, -1, 90]) {
    assertEquals(llm({ keep_alive: keepAlive }).keepAlive, keepAlive);
  }
  for (
    const keep_alive of ["", "5", "-1", "00", ".", ".s", "5 m", "5M", "1h30", "m", "--5m", "1d"]
  ) {
    assertMatch(problemsOf({ ...MINIMAL, llm: { keep_alive } })[0]!, /^llm\.keep_alive: expected/);
  }
});
