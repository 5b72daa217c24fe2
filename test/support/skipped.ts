import type { TestContext } from "vitest";

/** Skips a test that cannot run on this machine, and says so where it is seen: the reporter keeps reasons to itself. */
export const skipped = ({ skip, task }: TestContext) => (reason: Error): never => {
  process.stderr.write(`skipped: ${task.name}, for ${reason.message}\n`);
  return skip(reason.message);
};
