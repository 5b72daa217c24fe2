import { expect, test } from "vitest";
import { createMetrics } from "../../src/observability/metrics.ts";

/** What every request pays. */
function perRequest(requests: number): number {
  const { observer } = createMetrics(async () => []);
  const routes = Array.from({ length: 100 }, (_, index) => `/route/${index}`);
  const started = performance.now();
  for (let index = 0; index < requests; index += 1) observer.request("POST", routes[index % routes.length] ?? "", 200, 0.004);
  return ((performance.now() - started) / requests) * 1000;
}

test("a request is counted in less than five microseconds", () => {
  perRequest(20_000);
  // Measured at 0.7; the bound bears a machine that does other things.
  expect(Math.min(...Array.from({ length: 5 }, () => perRequest(20_000)))).toBeLessThan(5);
});

test("however often somebody asks, what is read is read once in five seconds", async () => {
  let [reads, now] = [0, 0];
  const { text } = createMetrics(async () => {
    reads += 1;
    return [{ name: "jpki_bridge_outbox_waiting", value: reads }];
  }, () => now);
  await Promise.all([text(), text(), text()]);
  now = 4999;
  expect(await text()).toContain("jpki_bridge_outbox_waiting 1");
  now = 5000;
  expect(await text()).toContain("jpki_bridge_outbox_waiting 2");
});

test("what could not be read is absent, not zero", async () => {
  const { text } = createMetrics(async () => []);
  expect(await text()).not.toMatch(/^jpki_bridge_(outbox_waiting|ready)\b/mu);
});
