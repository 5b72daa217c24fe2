import { spawnSync } from "node:child_process";
import { closeSync, existsSync, openSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";

const log = path.join(import.meta.dirname, "../../src/log.ts");
/** Runs a program that logs, its standard output in a file. */
function run(program: string, output: number | "pipe"): { readonly status: number | null; readonly out: string; readonly err: string } {
  const source = `import fs from "node:fs"; import { createLogger } from ${JSON.stringify(log)}; const log = createLogger("info"); ${program}`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", source], { stdio: ["ignore", output, "pipe"], encoding: "utf8", timeout: 20_000 });
  return { status, out: stdout ?? "", err: stderr };
}

const writers: readonly (readonly [name: string, program: string])[] = [
  ["a line that fills its group", `log.info({ filled: "x".repeat(5000) }, "request");`],
  ["a warning, which takes along what waits", `log.info("request"); log.warn("warning");`],
  ["the timer", `log.info("request"); await new Promise((resolve) => setTimeout(resolve, 500));`],
  ["the end of the process", `log.info("request");`],
];

describe.skipIf(!existsSync("/dev/full"))("a full disk under the log does not end the process, written by", () => {
  test.each(writers)("%s", (_name, program) => {
    const full = openSync("/dev/full", "w");
    const { status, err } = run(`${program} process.exitCode = 7; process.stderr.write("alive");`, full);
    closeSync(full);
    expect([status, err]).toEqual([7, "alive"]);
  });
});

test("with room again the log goes on: what waited is there, and one line says how many are not", () => {
  const { status, out } = run(`
    const write = fs.writeSync;
    fs.writeSync = (...given) => { throw Object.assign(new Error("ENOSPC"), { code: "ENOSPC" }); };
    for (let count = 0; count < 30; count += 1) log.info({ count, filled: "x".repeat(100_000) }, "request");
    fs.writeSync = write;
    log.warn("room");
    log.info("after");`, "pipe");
  const lines = out.trim().split("\n").map((line) => JSON.parse(line) as { level: number; msg: string; count?: number; lines?: number });
  const kept = lines.filter(({ msg }) => msg === "request");
  const told = lines.filter(({ msg }) => msg === "lines of the log were dropped");
  expect([status, told.length, told[0]?.level]).toEqual([0, 1, 40]);
  expect(kept.map(({ count }) => count)).toEqual(kept.map((_line, index) => index));
  expect(kept.length).toBeGreaterThan(5);
  // The line that found room stood behind what waited.
  expect(kept.length + (told[0]?.lines ?? 0)).toBe(30 + (lines.some(({ msg }) => msg === "room") ? 0 : 1));
  expect(lines.at(-1)?.msg).toBe("after");
});
