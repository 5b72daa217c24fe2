import { expect, test } from "vitest";
import { fifthBirthdayAfter } from "../../../src/sandbox/jlis/ca/validity.ts";

const at = (text: string): number => Date.parse(text) / 1000;

test.each([
  ["birthday later in the year", "1990-11-03", "2026-05-01T00:00:00+09:00", "2030-11-03T23:59:59+09:00"],
  ["birthday earlier in the year", "1990-02-03", "2026-05-01T00:00:00+09:00", "2031-02-03T23:59:59+09:00"],
  ["issued on the birthday", "1990-05-01", "2026-05-01T10:00:00+09:00", "2031-05-01T23:59:59+09:00"],
  ["issued on the eve, which is the birthday in Greenwich", "1990-05-02", "2026-05-01T23:59:59+09:00", "2030-05-02T23:59:59+09:00"],
  ["New Year in Japan, still the old year in Greenwich", "1990-12-31", "2027-01-01T00:30:00+09:00", "2031-12-31T23:59:59+09:00"],
  ["born on 29 February", "1996-02-29", "2026-06-01T00:00:00+09:00", "2031-03-01T23:59:59+09:00"],
])("%s", (_name, birthDate, issuedAt, end) => {
  expect(fifthBirthdayAfter(birthDate, at(issuedAt))).toBe(at(end));
});
