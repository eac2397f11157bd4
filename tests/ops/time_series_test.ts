import { assertEquals } from "@std/assert";
import { TimeSeries } from "../../src/ops/time_series.ts";
import { reportOf } from "../fakes/report.ts";
import { test } from "../testing.ts";

function reported(answered: number, refused: number, latencyMs?: number) {
  const report = reportOf({ decisions: { counts: { answered }, recent: [] } });
  const [link] = report.models;
  return { ...report, models: [{ ...link!, failures: { refused }, latencyMs }] };
}

test("samples hold what each step added, and the one that is not over yet", () => {
  const samples = new TimeSeries();
  assertEquals(samples.series(reported(1, 0, 12)), {
    answers: [1],
    errors: [0],
    latency: [12],
  });
  samples.take(reported(2, 1, 13));
  samples.take(reported(2, 1));
  const series = { answers: [2, 0, 3], errors: [1, 0, 1], latency: [13, null, 14] };
  assertEquals(samples.series(reported(5, 2, 14)), series);
  assertEquals(samples.series(reported(5, 2, 14)), series);
});

test("samples of other servers begin anew, and never go below nothing", () => {
  const samples = new TimeSeries();
  samples.take(reported(9, 7));
  assertEquals(samples.series(reported(9, 0)).errors, [7, 0]);
});

test("samples keep an hour, however long she runs", () => {
  const samples = new TimeSeries();
  for (let step = 1; step <= 500; step++) samples.take(reported(step, 0, step));
  const { answers, errors, latency } = samples.series(reported(502, 0, 0));
  assertEquals([answers.length, errors.length, latency.length], [120, 120, 120]);
  assertEquals([answers[0], answers.at(-1), latency[0]], [1, 2, 382]);
});
