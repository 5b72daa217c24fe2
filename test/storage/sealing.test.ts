import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toHex, utf8 } from "../../src/bytes.ts";
import { Sealing } from "../../src/storage/index.ts";
import { artifactDigest } from "../../src/storage/sealing.ts";
import { sealingKey, testSealing } from "./temporary.ts";

const digestKey = new Uint8Array(32).fill(9);
const plain = utf8("certificate of somebody");
const row = "evidence/1/certificate";

describe("sealing", () => {
  test("what was sealed opens, and says nothing", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.string(), (bytes, context) => {
        const sealing = testSealing();
        const sealed = sealing.seal(bytes, context);
        expect(sealing.open(sealed, context)).toEqual(Uint8Array.from(bytes));
        if (bytes.length >= 8) expect(toHex(sealed)).not.toContain(toHex(bytes));
      }),
      { numRuns: 100 },
    );
  });

  test("the same value sealed twice looks different", () => {
    const sealing = testSealing();
    expect(sealing.seal(plain, row)).not.toEqual(sealing.seal(plain, row));
  });

  test("opens after a rotation, and the new key seals", () => {
    const before = new Sealing([sealingKey("2025", 1)], digestKey);
    const after = new Sealing([sealingKey("2026", 2), sealingKey("2025", 1)], digestKey);
    const sealed = before.seal(plain, row);
    expect(after.open(sealed, row)).toEqual(plain);
    expect(() => before.open(after.seal(plain, row), row)).toThrow("not configured");
  });

  test("look-up digests and derived keys stay the same through a rotation", () => {
    const before = new Sealing([sealingKey("2025", 1)], digestKey);
    const after = new Sealing([sealingKey("2026", 2)], digestKey);
    expect(after.lookUpDigest(plain)).toEqual(before.lookUpDigest(plain));
    expect(after.deriveKey("cookies")).toEqual(before.deriveKey("cookies"));
    expect(after.deriveKey("cookies")).not.toEqual(after.deriveKey("other"));
  });

  test("every flipped bit is noticed", () => {
    const sealing = testSealing();
    const sealed = sealing.seal(plain, row);
    for (let bit = 0; bit < sealed.length * 8; bit += 1) {
      const altered = Uint8Array.from(sealed);
      altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => sealing.open(altered, row), `bit ${bit}`).toThrow();
    }
  });

  test("every truncation and every lengthening is noticed", () => {
    const sealing = testSealing();
    const sealed = sealing.seal(plain, row);
    for (let length = 0; length < sealed.length; length += 1) expect(() => sealing.open(sealed.subarray(0, length), row), `${length} octets`).toThrow();
    expect(() => sealing.open(Uint8Array.from([...sealed, 0]), row)).toThrow();
  });

  test("a value too short to hold nonce and tag is refused as such, whatever its octets say", () => {
    const sealing = testSealing();
    const start = [4, ...utf8("test")];
    for (let rest = 0; rest < 28; rest += 1) {
      expect(() => sealing.open(Uint8Array.from([...start, ...new Uint8Array(rest)]), row), `${rest} octets`).toThrow("too short");
    }
  });

  const moved: [string, string][] = [
    ["another row", "evidence/2/certificate"],
    ["another column", "evidence/1/subject"],
    ["another table", "person/1/certificate"],
    ["no place", ""],
  ];
  test.each(moved)("moved to %s it does not open", (_name, place) => {
    const sealing = testSealing();
    expect(() => sealing.open(sealing.seal(plain, row), place)).toThrow();
  });

  test("an unknown key id is named as the reason", () => {
    const sealed = new Sealing([sealingKey("elsewhere", 1)], digestKey).seal(plain, row);
    expect(() => testSealing().open(sealed, row)).toThrow("sealed by a key that is not configured");
  });

  test("another key under the same id does not open it", () => {
    const sealed = new Sealing([sealingKey("test", 5)], digestKey).seal(plain, row);
    expect(() => testSealing().open(sealed, row)).toThrow();
  });

  const badKeys: [string, () => Sealing, string][] = [
    ["no key", () => new Sealing([], digestKey), "at least one"],
    ["31 octets", () => new Sealing([{ id: "a", key: new Uint8Array(31) }], digestKey), "must have 32 octets"],
    ["empty id", () => new Sealing([sealingKey("", 1)], digestKey), "printable ASCII"],
    ["33 characters of id", () => new Sealing([sealingKey("a".repeat(33), 1)], digestKey), "printable ASCII"],
    ["id with a space", () => new Sealing([sealingKey("a b", 1)], digestKey), "printable ASCII"],
    ["id beyond ASCII", () => new Sealing([sealingKey("鍵", 1)], digestKey), "printable ASCII"],
    ["one id twice", () => new Sealing([sealingKey("a", 1), sealingKey("a", 2)], digestKey), "twice"],
  ];
  test.each(badKeys)("refuses %s", (_name, make, reason) => expect(make).toThrow(reason));

  test("parts of a look-up digest cannot run into each other", () => {
    const sealing = testSealing();
    const digests = [["ab", "c"], ["a", "bc"], ["abc"], ["abc", ""], ["", "abc"]].map((parts) => toHex(sealing.lookUpDigest(...parts.map(utf8))));
    expect(new Set(digests).size).toBe(digests.length);
  });

  test("artifact digests keep models apart", () => {
    expect(artifactDigest("Session", "a")).not.toEqual(artifactDigest("Grant", "a"));
    expect(artifactDigest("Session", "a")).toHaveLength(32);
  });
});
