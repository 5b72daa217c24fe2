import { beforeEach, inject } from "vitest";

/** Where no server starts the tests that need one are skipped, and say why. */
beforeEach((context) => {
  const { absent } = inject("postgresql");
  if (absent !== null) context.skip(absent);
});
