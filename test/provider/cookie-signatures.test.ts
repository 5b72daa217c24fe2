import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { cookieSignatures } from "../../src/provider/cookie-signatures.ts";

const data = "jpki_session=f3nqmZ0wQ1bXr7Lk";
const [older, newer, foreign] = ["0".repeat(43), "1".repeat(43), "2".repeat(43)] as const;
/** As the library signs by itself. */
const byKeygrip = (secret: string): string => createHmac("sha1", secret).update(data).digest("base64").replaceAll("/", "_").replaceAll("+", "-").replaceAll("=", "");

describe("signatures of cookies", () => {
  test("are made by the first key, as nodes of the version before make them", () => {
    expect(cookieSignatures([newer, older]).sign(data)).toBe(byKeygrip(newer));
  });

  const rows: readonly [name: string, data: string, signature: string, place: number][] = [
    ["by the key that signs", data, byKeygrip(newer), 0],
    ["by the one before", data, byKeygrip(older), 1],
    ["by none of them", data, byKeygrip(foreign), -1],
    ["of another cookie", `${data}x`, byKeygrip(newer), -1],
    ["cut short", data, byKeygrip(newer).slice(0, -1), -1],
    ["with more after it", data, `${byKeygrip(newer)}A`, -1],
    ["none", data, "", -1],
    ["not ASCII", data, "署".repeat(27), -1],
  ];
  test.each(rows)("%s", (_name, signed, signature, place) => {
    expect(cookieSignatures([newer, older]).index(signed, signature)).toBe(place);
    expect(cookieSignatures([newer, older]).verify(signed, signature)).toBe(place >= 0);
  });

  test("need a secret", () => {
    expect(() => cookieSignatures([])).toThrow("at least one secret");
  });
});
