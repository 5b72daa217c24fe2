import { describe, expect, test } from "vitest";
import { createWorkerSums, type Measurement, type WorkerSums } from "../../src/observability/worker-sums.ts";
import { seriesIn, sumOf } from "./exposition.ts";

const metric = (name: string, type: string, aggregator: string, value: number): Measurement => ({ name, help: name, type, aggregator, values: [{ value, labels: {} }] });

/** What a worker says that has counted so much, and whose event loop was blocked for so long. */
const said = (count: number, lag = 0): Measurement[] => [
  metric("requests_total", "counter", "sum", count),
  metric("nodejs_eventloop_lag_p99_seconds", "gauge", "average", lag),
  metric("process_start_time_seconds", "gauge", "omit", 50),
  metric("jpki_bridge_build_info", "gauge", "sum", 1),
];
const valueOf = async (text: Promise<string>, name: string): Promise<number> => sumOf(seriesIn(await text), name);
const counted = (text: Promise<string>): Promise<number> => valueOf(text, "requests_total");

/** Two workers, both asked once. */
function sums(): WorkerSums {
  const both = createWorkerSums(7);
  both.note(1, 1, said(10, 0.5));
  both.note(2, 1, said(20, 0.1));
  return both;
}

describe("what only rises never falls", () => {
  test("one does not answer in time: its last count", async () => {
    const both = sums();
    both.note(2, 2, said(21));
    expect(await counted(both.text(2, [1, 2]))).toBe(31);
  });
  test("one has ended, and another has come", async () => {
    const both = sums();
    both.note(3, 2, said(1));
    both.note(2, 2, said(22));
    expect(await counted(both.text(2, [2, 3]))).toBe(33);
    expect(await counted(both.text(2, [2, 3]))).toBe(33);
    expect(await counted(both.text(3, []))).toBe(33);
  });
  test("one that ends says what it has counted since it was asked, or was never asked", async () => {
    const both = sums();
    both.noteLast(1, said(15, 0.9));
    both.noteLast(4, said(2));
    expect(await counted(both.text(2, [1, 2]))).toBe(37);
    // It is counted once, and what it says no more is no longer there.
    expect(await counted(both.text(3, [2]))).toBe(37);
    expect(await valueOf(both.text(1, [1, 2]), "nodejs_eventloop_lag_p99_seconds")).toBe(0.1);
  });
  test("an answer that comes after the last word, or after the end, is not added to it", async () => {
    const both = sums();
    both.noteLast(1, said(15));
    both.note(1, 9, said(15));
    both.noteLast(1, said(15));
    await both.text(1, [1]);
    both.note(2, 9, said(20));
    expect(await counted(both.text(9, []))).toBe(35);
  });
  test("several ask at once while all are replaced", async () => {
    const both = sums();
    const texts = [both.text(1, [2]), both.text(1, []), both.text(1, [])];
    expect(await Promise.all(texts.map(counted))).toEqual([30, 30, 30]);
  });
  test("an answer that comes late is not taken for the newest", async () => {
    const both = sums();
    both.note(1, 3, said(12));
    both.note(1, 2, said(11));
    expect(await counted(both.text(3, [1, 2]))).toBe(32);
  });
});

describe("what rises and falls", () => {
  test("is that of workers that answered", async () => {
    const both = sums();
    expect(await valueOf(both.text(1, [1, 2]), "jpki_bridge_build_info")).toBe(2);
    both.note(2, 2, said(20));
    expect(await valueOf(both.text(2, [1, 2]), "jpki_bridge_build_info")).toBe(1);
  });
  test("an event loop's delay is the worst", async () => expect(await valueOf(sums().text(1, [1, 2]), "nodejs_eventloop_lag_p99_seconds")).toBe(0.5));
  test("the start is the supervisor's: a worker that is replaced is no restart", async () => expect(await valueOf(sums().text(1, [1, 2]), "process_start_time_seconds")).toBe(7));
});
