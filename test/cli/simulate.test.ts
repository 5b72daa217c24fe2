import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";

const main = path.join(import.meta.dirname, "../../src/cli/jpki-bridge.js");

/** Starts the command, stops it once it has printed its addresses; what it printed, and how it ended. */
async function simulate(...parameters: string[]): Promise<{ output: string; code: number | null; reached: number[] }> {
  const child = spawn(process.execPath, [main, "simulate", ...parameters], { env: { ...process.env, NO_COLOR: "1" } });
  let output = "";
  const reached: number[] = [];
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString();
    if (!/\}\n$|Ctrl-C\.\n$/u.test(output)) return;
    const addresses = output.match(/http:\/\/localhost:\d+/gu) ?? [];
    void Promise.all(addresses.map(async (address) => reached.push((await fetch(`${address}/`)).status))).finally(() => child.kill("SIGTERM"));
  });
  return { code: await ended, output, reached };
}

const free = ["--port", "0", "--control-port", "0"];

test("prints its addresses as JSON, ends when asked to, and leaves nothing", async () => {
  const { code, output, reached } = await simulate(...free, "--json");
  const addresses = JSON.parse(output) as Record<string, string>;
  expect(Object.keys(addresses)).toEqual(["issuer", "control", "jlis", "data"]);
  expect(reached).toEqual([200, 200, 200]);
  expect(existsSync(addresses["data"] ?? "/")).toBe(false);
  expect(code).toBe(0);
});

test("prints its addresses for people", async () => {
  const { code, output, reached } = await simulate(...free);
  expect(output).toContain("Nothing here is a real identity.");
  expect(reached).toEqual([200, 200, 200]);
  expect(code).toBe(0);
});

const wrong: [name: string, parameters: string[]][] = [
  ["a port that is no number", ["--port", "http"]],
  ["a port that there is not", ["--control-port", "65536"]],
  ["an option that there is not", ["--fault", "x"]],
];
test.for(wrong)("refuses %s", async ([, parameters]) => {
  expect((await simulate(...parameters)).code).toBe(2);
});
