import { defineConfig } from "vitest/config";

/** What needs a server, and what is done on both engines. */
const postgresqlAlone = ["test/postgresql/**/*.test.ts"];
const onBothEngines = [
  ...["artifacts", "digest-values", "lease", "listed-certificates", "rate-counters", "receipt-rotation", "receipts", "sealed-values", "transactions"].map((name) => `test/storage/${name}.test.ts`),
  ...["codes", "load-fuzz", "load-fuzz-services", "load-growth", "replay-race", "tokens"].map((name) => `test/attacks/${name}.test.ts`),
  "test/people/**/*.test.ts",
  "test/signals/**/*.test.ts",
  "test/relying-parties/removal.test.ts",
  ...["sign-in", "step-up", "tokens", "lifecycle", "recovery", "hold", "watcher", "signals", "late-saves", "late-withdrawal", "newer-session", "sign-out-twice"].map((name) => `test/journeys/${name}.test.ts`),
];
const browser = ["test/browser/**/*.test.ts"];
/** Faults after which it is asked what is left, not how long it took: two files go on at once. */
const faults = ["backup", "backup-kill", "disk-full", "doubles", "kill-nine-journeys", "recovery-kill", "restored-bridge", "signals", "upgrade"].map((name) => `test/faults/${name}.test.ts`);
const soak = "test/faults/soak.test.ts";
const allFaults = "test/faults/**/*.test.ts";

export default defineConfig({
  test: {
    // All cores: the default leaves one to the main process, which has little to do.
    maxWorkers: "100%",
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/**/*.test.ts", "client-sdk/test/**/*.test.ts"],
          exclude: [...browser, allFaults, ...postgresqlAlone],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: "postgresql",
          include: [...postgresqlAlone, ...onBothEngines],
          globalSetup: "test/support/postgresql-project.ts",
          setupFiles: "test/support/postgresql-skip.ts",
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      { test: { name: "browser", include: browser, testTimeout: 90_000, hookTimeout: 120_000 } },
      { test: { name: "faults", include: faults, testTimeout: 90_000, hookTimeout: 120_000 } },
      {
        test: {
          name: "undisturbed",
          include: [allFaults],
          exclude: [...faults, soak],
          testTimeout: 90_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      { test: { name: "soak", include: [soak] } },
    ],
  },
});
