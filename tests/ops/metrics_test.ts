import {
  assert,
  assertEquals,
  assertGreaterOrEqual,
  assertMatch,
  assertNotMatch,
} from "@std/assert";
import { metricsText } from "../../src/ops/metrics.ts";
import { BUILD, reportOf } from "../fakes/report.ts";
import { test } from "../testing.ts";

const PROCESS = { ...BUILD, startedAt: 1_700_000_000_000, residentBytes: 70e6, lagMs: 2 };
const DEPLOY = new URL("../../deploy/", import.meta.url);

async function promtool(args: string[], input = ""): Promise<{ success: boolean; output: string }> {
  const child = new Deno.Command("promtool", {
    args,
    cwd: DEPLOY,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  await writer.close();
  const { success, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return { success, output: decoder.decode(stdout) + decoder.decode(stderr) };
}

test("metrics have no user names, escape labels, and omit unknown values", () => {
  const text = metricsText(reportOf(), PROCESS);
  for (
    const expected of [
      'rosey_build_info{version="1.2.3",deno="2.9.6",target="x86_64-unknown-linux-gnu",commit="abc1234"} 1',
      'rosey_channel_joined{channel="demo"} 1',
      'rosey_lines_dropped_total{reason="connection lost"} 2',
      'rosey_decisions_total{outcome="answered"} 38',
      'rosey_model_state{host="http://gpu-1:11434",model="llama3.2:3b",state="up"} 1',
      'rosey_model_state{host="http://gpu-1:11434",model="llama3.2:3b",state="down"} 0',
      'rosey_model_latency_seconds{host="http://gpu-1:11434",model="llama3.2:3b"} 0.0124',
      'rosey_model_answer_seconds_bucket{host="http://gpu-1:11434",model="llama3.2:3b",le="+Inf"} 11',
      'rosey_model_tokens_per_second{host="http://gpu-1:11434",model="llama3.2:3b"} 35.2',
      'rosey_model_load_seconds{host="http://gpu-1:11434",model="llama3.2:3b"} 4.1',
      'rosey_model_prompt_seconds{host="http://gpu-1:11434",model="llama3.2:3b"} 0.4',
      'rosey_model_failures_total{host="http://gpu-1:11434",model="llama3.2:3b",kind="refused"} 3',
      String.raw`rosey_model_next_probe_seconds{host="http://gpu-2:11434",model="odd\"name\\"} 8`,
    ]
  ) {
    assert(text.split("\n").includes(expected), `${expected} is not in\n${text}`);
  }
  assertNotMatch(text, /alice|bob|carol|img|Nosferatu|undefined|NaN/);
  assertNotMatch(text, /rosey_model_latency_seconds\{host="http:\/\/gpu-2/);
  const names = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
  assertEquals(names, [...new Set(names)]);
});

test("promtool accepts the metrics", async () => {
  const checked = await promtool(["check", "metrics"], metricsText(reportOf(), PROCESS));
  assertEquals(checked, { success: true, output: "" });
}, { needs: "promtool" });

test("the alerts fire when they should, and only then", async () => {
  const rules = await promtool(["check", "rules", "prometheus-rules.yml"]);
  assert(rules.success, rules.output);
  const scrape = await promtool(["check", "config", "--syntax-only", "prometheus.yml"]);
  assert(scrape.success, scrape.output);
  const tests = new URL("../fixtures/prometheus-rules-test.yml", import.meta.url).pathname;
  const fired = await promtool(["test", "rules", tests]);
  assert(fired.success, fired.output);
}, { needs: "promtool" });

test("Prometheus understands what the dashboard asks", async () => {
  const { panels } = JSON.parse(Deno.readTextFileSync(new URL("grafana-dashboard.json", DEPLOY)));
  const asked = (panels as { targets: { expr: string }[] }[])
    .flatMap(({ targets }) => targets.map(({ expr }) => expr.replaceAll("$__rate_interval", "5m")));
  assertGreaterOrEqual(asked.length, 14);
  // Its checker of rules takes any expression; JSON is YAML.
  const rules = asked.map((expr, at) => ({ record: `rosey:asked${at}`, expr }));
  const file = Deno.makeTempFileSync({ prefix: "rosey-rules-", suffix: ".yml" });
  Deno.writeTextFileSync(file, JSON.stringify({ groups: [{ name: "asked", rules }] }));
  const checked = await promtool(["check", "rules", file]);
  assert(checked.success, checked.output);
  assertMatch(checked.output, new RegExp(`SUCCESS: ${asked.length} rules found`));
  Deno.removeSync(file);
}, { needs: "promtool" });

test("dashboard and alerts ask for metrics that there are", () => {
  const known = new Set(
    [...metricsText(reportOf(), PROCESS).matchAll(/^(rosey_\w+)/gm)].map(([, name]) => name!),
  );
  for (const file of ["grafana-dashboard.json", "prometheus-rules.yml"]) {
    const text = Deno.readTextFileSync(new URL(file, DEPLOY));
    if (file.endsWith(".json")) assertGreaterOrEqual(JSON.parse(text).panels.length, 8);
    const asked = [...text.matchAll(/\brosey_\w+/g)].map(([name]) => name);
    assertGreaterOrEqual(asked.length, 8);
    assertEquals([...new Set(asked)].filter((name) => !known.has(name)), [], file);
  }
});
