import { expect, test } from "vitest";
import { newIdentifier } from "../../src/identifiers.ts";

test("identifiers: 128 bits in base64url, none that a command line would take for an option", () => {
  const made = Array.from({ length: 5000 }, () => newIdentifier());
  expect(made.every((text) => /^[A-Za-z0-9_][A-Za-z0-9_-]{21}$/.test(text))).toBe(true);
  expect(new Set(made).size).toBe(made.length);
});
