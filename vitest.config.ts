import { defineConfig } from "vitest/config";

const slow = ["test/browser/**/*.test.ts", "test/faults/**/*.test.ts"];

export default defineConfig({
  test: {
    // All cores: the default leaves one to the main process, which has little to do.
    maxWorkers: "100%",
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/**/*.test.ts", "client-sdk/test/**/*.test.ts"],
          exclude: slow,
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: "browser",
          include: slow,
          testTimeout: 90_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
