/**
 * `npm test`: type check, lint, then every test; needs nothing but Node and npm. What was skipped is
 * said with its reason by the test itself. The soak takes its five minutes beside the unit tests.
 * The last line is `N passed, N failed`.
 */
import { type ChildProcess, spawn, spawnSync, type StdioOptions } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const bin = (name: string): string => path.join(import.meta.dirname, "../node_modules/.bin", name);

function check(name: string, command: string, ...parameters: string[]): Counts {
  process.stdout.write(`\n== ${name}\n`);
  const { status } = spawnSync(bin(command), parameters, { stdio: "inherit" });
  return status === 0 ? { passed: 1, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0 };
}

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numFailedTestSuites: number;
}

async function tests(project: string): Promise<Counts> {
  process.stdout.write(`\n== ${project} tests\n`);
  return begin(project, () => "inherit")();
}

/** Tests that go on beside others; what they print comes at their end. */
function testsBeside(project: string): () => Promise<Counts> {
  let output = "";
  const end = begin(project, (directory) => {
    output = path.join(directory, "output");
    return ["ignore", openSync(output, "w"), openSync(output, "a")];
  }, () => void process.stdout.write(readFileSync(output)));
  return async () => {
    process.stdout.write(`\n== ${project} tests\n`);
    return end();
  };
}

function begin(project: string, stdio: (directory: string) => StdioOptions, atEnd: () => void = () => undefined): () => Promise<Counts> {
  const directory = mkdtempSync(path.join(tmpdir(), "jpki-bridge-test-"));
  const outputFile = path.join(directory, "report.json");
  const vitest: ChildProcess = spawn(bin("vitest"), ["run", "--project", project, "--reporter=default", "--reporter=json", `--outputFile.json=${outputFile}`], { stdio: stdio(directory) });
  const ended = once(vitest, "exit");
  return async () => {
    const [status] = (await ended) as [number | null];
    try {
      atEnd();
      const report = JSON.parse(readFileSync(outputFile, "utf8")) as Report;
      const failed = Math.max(report.numFailedTests, status === 0 ? 0 : 1);
      return { passed: report.numPassedTests, failed, skipped: report.numPendingTests };
    } catch {
      return { passed: 0, failed: 1, skipped: 0 };
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  };
}

const checks = [check("type check", "tsc", "--noEmit"), check("lint", "oxlint", "--deny-warnings")];
const soak = testsBeside("soak");
const results = [...checks, await tests("unit"), await soak(), await tests("postgresql"), await tests("browser")];
const sum = (key: keyof Counts): number => results.reduce((total, counts) => total + counts[key], 0);
const skipped = sum("skipped");
if (skipped > 0) process.stdout.write(`\n${skipped} skipped, for the reasons said above\n`);
process.stdout.write(`\n${sum("passed")} passed, ${sum("failed")} failed\n`);
process.exitCode = sum("failed") === 0 ? 0 : 1;
