import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { refuseMyNumber } from "../../src/web/my-number.ts";

/** The check digit of eleven digits, worked out as the ordinance writes it: sum of P(n) x Q(n), n = 1 the last. */
function checkDigit(digits: string): string {
  let sum = 0;
  for (let n = 1; n <= 11; n += 1) sum += Number(digits[11 - n]) * (n <= 6 ? n + 1 : n - 5);
  const remainder = sum % 11;
  return String(remainder <= 1 ? 0 : 11 - remainder);
}
const eleven = fc.stringMatching(/^[0-9]{11}$/);
const refused = (text: string): boolean => {
  try {
    refuseMyNumber(text);
    return false;
  } catch (error) {
    expect(error).toMatchObject({ code: "my_number_refused", message: "my_number_refused" });
    return true;
  }
};

describe("a My Number in free text", () => {
  test("every number with its check digit is refused, with every other last digit it is not", () => {
    fc.assert(
      fc.property(eleven, (digits) => {
        for (let last = 0; last <= 9; last += 1) expect(refused(`${digits}${last}`), `${digits}${last}`).toBe(String(last) === checkDigit(digits));
      }),
    );
  });

  test("however it is grouped, and whatever stands between the groups", () => {
    const separator = fc.constantFrom("", " ", "-", "　", "－", "ー", "‐", "–", "—", "−", ".", "・", "/", "_", "\u200b", " - ");
    fc.assert(
      fc.property(eleven, fc.array(separator, { minLength: 11, maxLength: 11 }), (digits, separators) => {
        const number = digits + checkDigit(digits);
        const text = [...number].map((digit, index) => digit + (separators[index] ?? "")).join("");
        expect(refused(text), text).toBe(true);
      }),
    );
  });

  test("whatever other number stands beside it", () => {
    const beside = fc.stringMatching(/^[0-9]{1,8}$/);
    fc.assert(
      fc.property(eleven, beside, beside, fc.constantFrom(" ", "　", "-", "/"), (digits, before, after, separator) => {
        const number = digits + checkDigit(digits);
        for (const text of [`${before}${separator}${number}`, `${number}${separator}${after}`, `${before}${separator}${number.slice(0, 4)} ${number.slice(4, 8)} ${number.slice(8)}${separator}${after}`]) expect(refused(text), text).toBe(true);
      }),
    );
  });

  const innocent: [string, string][] = [
    ["nothing", ""], ["words", "新しいスマートフォン"], ["eleven digits", "12345678901"], ["thirteen digits in one", "1234567890180"], ["a longer run that has one inside", "00123456789018"],
    ["a telephone number", "090-1234-5678"], ["a date and a time", "2026-11-21 08:30"], ["digits with letters between", "1234a5678b9018"], ["a year and a model", "iPhone 17 2026"],
  ];
  test.each(innocent)("%s is taken", (_name, text) => expect(refused(text)).toBe(false));

  test("any text at all is answered quickly", () => {
    const started = performance.now();
    for (const text of ["1 ".repeat(50_000), "1".repeat(100_000), "-".repeat(100_000), "1-".repeat(50_000) + "x"]) refused(text);
    expect(performance.now() - started).toBeLessThan(2000);
  });
});
