import { expect, test } from "vitest";
import { openObservation } from "../../src/cli/observation.ts";
import type { ReadingParts } from "../../src/cli/readings.ts";
import type { Storage } from "../../src/storage/index.ts";
import { startOtlpReceiver } from "../observability/otlp-receiver.ts";
import { seriesIn, sumOf } from "../observability/exposition.ts";
import { afterTest } from "../storage/temporary.ts";

const measured = async () => {
  const observation = await openObservation({ metrics: { host: "127.0.0.1", port: 0 }, tracing: null });
  // Only the leases are read of here: all else fails, and is left out.
  await observation.start({ clock: () => 0 } as ReadingParts);
  afterTest(() => observation.close());
  const scrape = async () => seriesIn(await (await fetch(`http://127.0.0.1:${observation.address?.port}/metrics`)).text());
  return { observation, scrape };
};

test("deliveries are counted by what came of them", async () => {
  const { observation, scrape } = await measured();
  const answers = [202, 200, 400, 503];
  const deliver = observation.deliveries(async () => {
    const status = answers.shift();
    if (status === undefined) throw new TypeError("fetch failed");
    return new Response(null, { status });
  });
  for (let index = 0; index < 4; index += 1) await deliver("https://receiver.example/events", {});
  await expect(deliver("https://receiver.example/events", {})).rejects.toThrow("fetch failed");
  const series = await scrape();
  expect(["2xx", "4xx", "5xx", "unreachable"].map((outcome) => sumOf(series, "jpki_bridge_event_deliveries_total", { outcome }))).toEqual([2, 1, 1, 1]);
});

test("a lease is held as of when it was last asked for", async () => {
  const { observation, scrape } = await measured();
  const answers = [true, false];
  const lease = observation.lease("signals", { hold: async () => answers.shift() ?? false, release: async () => undefined });
  expect([await lease.hold(0), await lease.hold(0)]).toEqual([true, false]);
  observation.held("upkeep", true);
  const series = await scrape();
  expect(["signals", "upkeep"].map((name) => sumOf(series, "jpki_bridge_lease_held", { lease: name }))).toEqual([0, 1]);
});

test("of a transaction waiting and work are told apart, also of one that fails", async () => {
  const { observation, scrape } = await measured();
  const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
  const slow = { transaction: async (work: (transaction: never) => Promise<unknown>) => {
    await pause(60);
    return work(undefined as never);
  } } as unknown as Storage;
  const storage = observation.storage(slow);
  await storage.transaction(async () => pause(20));
  await expect(storage.transaction(async () => { throw new Error("undone"); })).rejects.toThrow("undone");
  const series = await scrape();
  const [waited, took] = ["wait_seconds", "duration_seconds"].map((what) => sumOf(series, `jpki_bridge_storage_transaction_${what}_sum`)) as [number, number];
  expect(sumOf(series, "jpki_bridge_storage_transaction_duration_seconds_count")).toBe(2);
  expect(waited).toBeGreaterThan(0.11);
  expect(took).toBeGreaterThan(0.015);
  expect(took).toBeLessThan(waited);
});

test("with nothing configured everything is handed back as it came", async () => {
  const observation = await openObservation({ metrics: null, tracing: null });
  const storage = {} as Storage;
  await observation.start({} as ReadingParts);
  expect([observation.storage(storage) === storage, observation.ports, observation.address]).toEqual([true, {}, null]);
  await observation.close();
});

test("a delivery is a span, and of its failure the kind alone is told", async () => {
  const receiver = await startOtlpReceiver();
  afterTest(() => receiver.close());
  const observation = await openObservation({ metrics: null, tracing: { endpoint: receiver.endpoint, sample: 1 } });
  const deliver = observation.deliveries(async (url) => {
    throw new RangeError(`${url} is not there`);
  });
  await expect(deliver("https://receiver.example/events", {})).rejects.toThrow("is not there");
  await observation.close();
  expect(receiver.spans.map(({ name, attributes }) => [name, attributes])).toEqual([["event delivery", {}]]);
  expect(receiver.bodies.join("")).toContain("RangeError");
  expect(receiver.bodies.join("")).not.toMatch(/receiver\.example|is not there/u);
});

test("where nobody takes the spans, work goes on and the end is not held up", async () => {
  const observation = await openObservation({ metrics: null, tracing: { endpoint: "http://127.0.0.1:9/v1/traces", sample: 1 } });
  const deliver = observation.deliveries(async () => new Response(null, { status: 202 }));
  expect((await deliver("https://receiver.example/events", {})).status).toBe(202);
  const started = performance.now();
  await observation.close();
  expect(performance.now() - started).toBeLessThan(5000);
});

test("a port that is taken stops the start", async () => {
  const { observation } = await measured();
  const second = await openObservation({ metrics: { host: "127.0.0.1", port: observation.address?.port ?? 0 }, tracing: null });
  await expect(second.start({} as ReadingParts)).rejects.toMatchObject({ code: "EADDRINUSE" });
});
