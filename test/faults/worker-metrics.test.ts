import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { freePort } from "../../src/sandbox/sandbox-configuration.ts";
import { type Series, seriesIn, sumOf } from "../observability/exposition.ts";
import { until } from "../signals/delivery-rig.ts";
import { nodePlace, startNode } from "./node-process.ts";

test("the supervisor answers for its workers, also while one of them hangs, and after its end", async () => {
  const port = await freePort();
  const node = await startNode(nodePlace({ metrics: { port } }), "--workers", "2");
  const scrape = async (): Promise<Series[]> => seriesIn(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text());
  const connections = Array.from({ length: 40 }, () => fetch(`${node.origin}/healthz`, { headers: { connection: "close" } }));
  expect((await Promise.all(connections)).map(({ status }) => status)).toEqual(connections.map(() => 200));

  const series = await scrape();
  expect(sumOf(series, "jpki_bridge_build_info")).toBe(2);
  expect(sumOf(series, "jpki_bridge_http_requests_total", { route: "/healthz" })).toBe(40);
  // One answer for what both see alike: the database, the keys.
  expect(series.filter(({ name, labels }) => name === "jpki_bridge_ready" && labels["check"] === "database").map(({ value }) => value)).toEqual([1]);
  expect(series.filter(({ name }) => name === "jpki_bridge_outbox_waiting").map(({ value }) => value)).toEqual([0]);
  await until(async () => sumOf(await scrape(), "jpki_bridge_lease_held", { lease: "signals" }) === 1);
  expect(await (await fetch(`http://127.0.0.1:${port}/readyz`)).json()).toMatchObject({ checks: { database: true, keys: true, not_draining: true } });

  const worker = Number(execFileSync("pgrep", ["-P", String(node.child.pid), "-f", "serve"], { encoding: "utf8" }).split("\n")[0]);
  process.kill(worker, "SIGSTOP");
  try {
    const others = await scrape();
    expect(sumOf(others, "jpki_bridge_build_info")).toBe(1);
    expect(sumOf(others, "jpki_bridge_http_requests_total", { route: "/healthz" })).toBe(40);
  } finally {
    process.kill(worker, "SIGCONT");
  }
  process.kill(worker, "SIGKILL");
  await until(async () => sumOf(await scrape(), "jpki_bridge_build_info") === 2, 20_000);
  expect(sumOf(await scrape(), "jpki_bridge_http_requests_total", { route: "/healthz" })).toBe(40);
  node.child.kill("SIGTERM");
  expect(await node.ended).toBe(0);
});

test("what workers that are replaced have counted is not lost, also where nobody had asked before", async () => {
  const port = await freePort();
  const node = await startNode(nodePlace({ metrics: { port } }), "--workers", "2");
  const healthy = async (): Promise<void> => void (await Promise.all(Array.from({ length: 20 }, () => fetch(`${node.origin}/healthz`, { headers: { connection: "close" } }))));
  for (let time = 1; time <= 2; time += 1) {
    await healthy();
    node.child.kill("SIGHUP");
    await until(async () => node.said().split("the workers were replaced").length > time, 40_000);
  }
  const series = seriesIn(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text());
  expect(sumOf(series, "jpki_bridge_http_requests_total", { route: "/healthz" })).toBe(40);
  expect(sumOf(series, "jpki_bridge_http_request_duration_seconds_count", { route: "/healthz" })).toBe(40);
  expect(sumOf(series, "jpki_bridge_build_info")).toBe(2);
});
