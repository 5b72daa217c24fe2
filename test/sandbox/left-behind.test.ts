import { readdirSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { runDemo } from "../../src/sandbox/demo/demo.ts";
import { startSimulator } from "../../src/sandbox/simulator/simulator.ts";
import { afterTest, temporaryDirectory } from "../storage/temporary.ts";

vi.mock(import("../../src/sandbox/demo/chromium.ts"), async (load) => ({ ...(await load()), launchChromium: () => Promise.reject(new Error("no browser here")) }));

/** Where everything temporary of one test is made. */
let place: string;
beforeEach(() => {
  place = temporaryDirectory();
  vi.stubEnv("TMPDIR", place);
});
afterEach(() => vi.unstubAllEnvs());

/** A port that somebody else listens on. */
async function takenPort(): Promise<number> {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  afterTest(() => void other.close());
  return (other.address() as AddressInfo).port;
}

const rows: [string, () => Promise<unknown>, RegExp][] = [
  ["a demonstration without a browser", runDemo, /no browser here/],
  ["a simulator whose port is taken", async () => startSimulator({ ports: { provider: await takenPort(), control: 0 } }), /EADDRINUSE/],
];
test.each(rows)("%s fails and leaves no folder behind", async (_name, start, why) => {
  await expect(start()).rejects.toThrow(why);
  expect(readdirSync(place)).toEqual([]);
});
