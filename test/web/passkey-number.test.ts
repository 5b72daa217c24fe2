import { expect, test } from "vitest";
import type { PasskeyRecord } from "../../src/people/index.ts";
import { passkeyNumber } from "../../src/web/passkey-number.ts";

const made = (id: string, createdAt: number, state: PasskeyRecord["state"] = "active"): PasskeyRecord => ({ id, createdAt, state }) as PasskeyRecord;
const first = made("b", 10, "revoked");
const second = made("a", 20);
const third = made("c", 20);

test.each([
  { name: "the first", passkey: first, passkeys: [first, second, third], number: 1 },
  { name: "a removed one keeps its number", passkey: second, passkeys: [first, second, third], number: 2 },
  { name: "of the same second, by id", passkey: third, passkeys: [first, second, third], number: 3 },
  { name: "whatever order they are read in", passkey: second, passkeys: [third, second, first], number: 2 },
])("$name", ({ passkey, passkeys, number }) => {
  expect(passkeyNumber({ passkeys }, passkey)).toBe(number);
});
