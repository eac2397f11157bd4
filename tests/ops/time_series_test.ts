import { assertEquals } from "@std/assert";
import { TimeSeries } from "../../src/ops/time_series.ts";
import { reportOf } from "../fakes/report.ts";
import { test } from "../testing.ts";

function reported(answered: number, refused: number, latencyMs?: number) {
  const report = reportOf({ decisions: { counts: { answered }, recent: [] } });
  const [link] = report.models;
  return { ...report, models: [{ ...link!, failures: { refused }, latencyMs }] };
}

test("time series has the increase of each step, including the current one", () => {
  const timeSeries = new TimeSeries();
  assertEquals(timeSeries.series(reported(1, 0, 12)), {
    answers: [1],
    errors: [0],
    latency: [12],
  });
  timeSeries.addSample(reported(2, 1, 13));
  timeSeries.addSample(reported(2, 1));
  const series = { answers: [2, 0, 3], errors: [1, 0, 1], latency: [13, null, 14] };
  assertEquals(timeSeries.series(reported(5, 2, 14)), series);
  assertEquals(timeSeries.series(reported(5, 2, 14)), series);
});

test("time series never goes below zero when the servers change", () => {
  const timeSeries = new TimeSeries();
  timeSeries.addSample(reported(9, 7));
  assertEquals(timeSeries.series(reported(9, 0)).errors, [7, 0]);
});

test("time series keeps one hour", () => {
  const timeSeries = new TimeSeries();
  for (let step = 1; step <= 500; step++) timeSeries.addSample(reported(step, 0, step));
  const { answers, errors, latency } = timeSeries.series(reported(502, 0, 0));
  assertEquals([answers.length, errors.length, latency.length], [120, 120, 120]);
  assertEquals([answers[0], answers.at(-1), latency[0]], [1, 2, 382]);
});
