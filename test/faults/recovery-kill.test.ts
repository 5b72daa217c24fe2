import { execFile } from "node:child_process";
import { copyFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { temporaryDirectory } from "../storage/temporary.ts";
import { type Outcome, outcomeIn, prepare, type StepName, stepNames } from "./recovery-state.ts";

/** Takes the step in a process of its own that dies at its n-th statement; whether it came to its end before. */
function take(file: string, step: StepName, statement: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, ["--no-warnings", path.join(import.meta.dirname, "recovery-process.ts"), file, step, String(statement)], (error, stdout, stderr) => {
      if (error === null) resolve(stdout === "done");
      else if (error.signal === "SIGKILL") resolve(false);
      else reject(new Error(stderr));
    });
  });
}

/** A copy of a database that nobody has open. */
function copyOf(file: string, name: string): string {
  const directory = path.dirname(file);
  for (const each of readdirSync(directory).filter((entry) => entry.startsWith(path.basename(file)))) copyFileSync(path.join(directory, each), path.join(directory, each.replace(path.basename(file), name)));
  return path.join(directory, name);
}

/** What each step leaves where all of it happened. A hold leaves grants and refresh tokens. */
const recovered = { transaction: "complete", earlier: "revoked", later: "active", recovered: true, held: false, artifacts: 0, told: true };
const untouched = { earlier: "active", recovered: false, held: false, renewed: false, artifacts: 4, told: false };
const whole: Record<StepName, Partial<Outcome>> = {
  proof: { ...untouched, transaction: "proved", later: "none" },
  passkey: recovered,
  continuation: { ...untouched, transaction: "passkey_pending", later: "pending" },
  confirm: recovered,
  hold: { transaction: "complete", earlier: "active", later: "none", recovered: false, held: true, artifacts: 2, told: true },
  release: { transaction: "complete", earlier: "active", later: "none", recovered: false, held: false, artifacts: 2, told: true },
  renew: { ...untouched, transaction: "proved", later: "none", renewed: true, told: true },
};

/** A nonce or challenge is consumed before anything is checked, and stays so: that is no part of what is all or nothing. */
const none = (step: StepName): Partial<Outcome> => ({ ...untouched, ...(step === "release" && { held: true, artifacts: 2 }), chainIsWhole: true });

/** Processes, each with a copy of its own. */
const atOnce = 4;

describe.each(stepNames)("the process is killed in the step %s", (step) => {
  test("at every statement: afterwards all of it happened, or nothing", { timeout: 600_000 }, async () => {
    const file = path.join(temporaryDirectory(), "prepared.db");
    await prepare(file, step);
    const before = await outcomeIn(file);
    expect(before).toMatchObject(none(step));
    const outcomes: Outcome[] = [];
    for (let [first, isDone] = [1, false]; !isDone; first += atOnce) {
      const killed = await Promise.all(Array.from({ length: atOnce }, async (_, index) => {
        const copy = copyOf(file, `killed-${first + index}.db`);
        return { isDone: await take(copy, step, first + index), after: await outcomeIn(copy) };
      }));
      outcomes.push(...killed.map(({ after }) => after));
      isDone = killed.some((each) => each.isDone);
    }
    for (const after of outcomes) {
      const isWhole = after.transaction === whole[step].transaction;
      expect(after).toMatchObject(isWhole ? { ...whole[step], chainIsWhole: true } : { ...none(step), later: before.later, receipts: before.receipts });
    }
    // The harness did kill: before the commit, and after it.
    expect(outcomes.length).toBeGreaterThan(10);
    expect(outcomes.slice(0, -1).some(({ transaction }) => transaction !== whole[step].transaction)).toBe(true);
    expect(outcomes.at(-1)).toMatchObject(whole[step]);
  });
});
