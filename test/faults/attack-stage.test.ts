import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { afterTest } from "../storage/temporary.ts";
import { watched } from "./attack-stage.ts";
import type { NodeProcess } from "./node-process.ts";

/** Answers, and stands still for as many milliseconds as it is told. */
const server = `
  const { createServer } = require("node:http");
  const { parentPort } = require("node:worker_threads");
  const server = createServer((request, response) => response.end("ok"));
  server.listen(0, "127.0.0.1", () => parentPort.postMessage(server.address().port));
  parentPort.on("message", (milliseconds) => { const end = Date.now() + milliseconds; while (Date.now() < end); });`;

/** Once in six seconds: far less than one answer in twenty is late. */
const rows: [string, number, "healthy" | "found"][] = [
  ["none", 0, "healthy"],
  ["one that nobody notices", 50, "healthy"],
  ["one of more than half a second", 600, "found"],
];
test.each(rows)("a standstill: %s", async (_name, milliseconds, expected) => {
  const worker = new Worker(server, { eval: true });
  afterTest(async () => void (await worker.terminate()));
  const [port] = (await once(worker, "message")) as [number];
  const node = { origin: `http://127.0.0.1:${port}`, child: { pid: process.pid } } as unknown as NodeProcess;
  const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5000));
  const outcome = await watched(node, async () => {
    await pause();
    worker.postMessage(milliseconds, []);
    await pause();
  }).then(() => "healthy", () => "found");
  expect(outcome).toBe(expected);
});
