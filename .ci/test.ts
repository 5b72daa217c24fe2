/**
 * `npm test`: type check, lint, then every test; needs nothing but Node and npm. What was skipped is
 * said with its reason by the test itself. The soak takes its five minutes beside the unit tests.
 * The last line is `N passed, N failed`.
 */
import { spawn, spawnSync } from "node:child_process";
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
}

/** What Node compiled of the sources and packages, for the thousands of processes that tests start. */
const environment = { ...process.env, NODE_COMPILE_CACHE: path.join(import.meta.dirname, "../node_modules/.cache/tests") };

/** Begins the tests of some projects. @param printed where what they print goes: a file, or with ours. */
function begin(projects: readonly string[], printed: number | "inherit"): () => Promise<Counts> {
  const directory = mkdtempSync(path.join(tmpdir(), "jpki-bridge-test-"));
  const report = path.join(directory, "report.json");
  const vitest = spawn(bin("vitest"), ["run", ...projects.flatMap((name) => ["--project", name]), "--reporter=default", "--reporter=json", `--outputFile.json=${report}`], { stdio: ["ignore", printed, printed], env: environment });
  const ended = once(vitest, "exit");
  return async () => {
    const [status] = (await ended) as [number | null];
    try {
      const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(report, "utf8")) as Report;
      return { passed: numPassedTests, failed: Math.max(numFailedTests, status === 0 ? 0 : 1), skipped: numPendingTests };
    } catch {
      return { passed: 0, failed: 1, skipped: 0 };
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  };
}

const say = (projects: readonly string[]): void => void process.stdout.write(`\n== ${projects.join(" and ")} tests\n`);

async function tests(...projects: readonly string[]): Promise<Counts> {
  say(projects);
  return begin(projects, "inherit")();
}

/** Tests that go on beside others; what they print comes when their end is waited for. */
function testsBeside(...projects: readonly string[]): () => Promise<Counts> {
  const directory = mkdtempSync(path.join(tmpdir(), "jpki-bridge-output-"));
  const output = path.join(directory, "output");
  const end = begin(projects, openSync(output, "w"));
  return async () => {
    say(projects);
    const counts = await end();
    process.stdout.write(readFileSync(output));
    rmSync(directory, { recursive: true });
    return counts;
  };
}

const checks = [check("type check", "tsc", "--noEmit"), check("lint", "oxlint", "--deny-warnings")];
const soak = testsBeside("soak");
const results = [...checks, await tests("unit"), await soak(), await tests("postgresql"), await tests("browser", "faults"), await tests("undisturbed")];
const sum = (key: keyof Counts): number => results.reduce((total, counts) => total + counts[key], 0);
const skipped = sum("skipped");
if (skipped > 0) process.stdout.write(`\n${skipped} skipped, for the reasons said above\n`);
process.stdout.write(`\n${sum("passed")} passed, ${sum("failed")} failed\n`);
process.exitCode = sum("failed") === 0 ? 0 : 1;
