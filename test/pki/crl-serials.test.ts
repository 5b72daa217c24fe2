import { expect, test } from "vitest";
import { finalOnesMissing, revokedCertificates } from "../../src/pki/crl-entries.ts";
import { serialAt } from "../../src/pki/crl-serials.ts";
import { SerialTableBuilder } from "../../src/pki/crl-serials-builder.ts";
import { toHex } from "../../src/bytes.ts";
import { seededRandom } from "./mutate.ts";

/** The table of serial numbers beside a plain Map: whatever comes in whatever order. */

const reasons = [0, 1, 4, 6, 9, 0xff];
const octets = (...contents: readonly number[]) => Uint8Array.from(contents);

/** Contents octets of a minimal INTEGER of 1 to 20 octets. */
function randomSerial(random: () => number, longest: number): Uint8Array {
  const contents = Uint8Array.from({ length: 1 + Math.floor(random() * longest) }, () => Math.floor(random() * 256));
  contents[0] = 1 + Math.floor(random() * 0x7f);
  return random() < 0.1 ? octets(0, 0x80, ...contents).subarray(0, 20) : contents;
}

test.each([
  ["expected as many", 5000, 20],
  ["more than expected", 10, 20],
  ["fewer than expected", 100_000, 20],
  ["short ones, many twice", 5000, 2],
])("as a Map: %s", (_, expected, longest) => {
  const random = seededRandom(expected + longest);
  const builder = new SerialTableBuilder(expected);
  const map = new Map<string, number>();
  for (let entry = 0; entry < 5000; entry += 1) {
    const serial = randomSerial(random, longest);
    const reason = reasons[entry % reasons.length] ?? 0;
    // Between other octets, as in a CRL.
    builder.add(octets(0xff, ...serial, 0xff), 1, serial.length, entry, reason, 0);
    const earlier = map.get(toHex(serial));
    if (earlier === undefined || (earlier === 6 && reason !== 6)) map.set(toHex(serial), reason);
  }
  const table = builder.finish();
  const list = revokedCertificates(table, new Map());
  expect(list.size).toBe(map.size);
  for (const serial of map.keys()) expect(list.find(Buffer.from(serial, "hex"))).not.toBeNull();
  const held = Array.from({ length: table.size }, (_, entry) => [toHex(serialAt(table, entry)), table.reasons[entry]]);
  expect(new Map(held as [string, number][])).toEqual(map);
  for (let miss = 0; miss < 2000; miss += 1) {
    const serial = randomSerial(random, 20);
    expect(list.find(serial) !== null).toBe(map.has(toHex(serial)));
  }
});

const twins: readonly (readonly [name: string, a: Uint8Array, b: Uint8Array])[] = [
  ["sign", octets(0xff), octets(0, 0xff)],
  ["sign of four octets", octets(0xff, 0, 0, 0), octets(0, 0xff, 0, 0, 0)],
  ["a zero octet behind", octets(1), octets(1, 0)],
  ["a word in front", octets(1), octets(1, 0, 0, 0, 1)],
  ["zero and nothing", octets(0), octets()],
];

test.each(twins)("told apart: %s", (_, a, b) => {
  for (const [one, other] of [[a, b], [b, a]] as const) {
    const builder = new SerialTableBuilder(1);
    if (one.length > 0) builder.add(one, 0, one.length, 1, 1, 0);
    builder.add(octets(0x55, 0x55, 0x55, 0x55, 0x55, 0x55), 0, 6, 1, 1, 0);
    const list = revokedCertificates(builder.finish(), new Map());
    expect([list.find(one) !== null, list.find(other)]).toEqual([one.length > 0, null]);
  }
});

test.each([
  [-1, 0],
  [0, 0],
  [2 ** 32 - 1, 2 ** 32 - 1],
  [2 ** 33, 2 ** 32 - 1],
])("a revocation at %d is held as %d", (revokedAt, held) => {
  const builder = new SerialTableBuilder(1);
  builder.add(octets(5), 0, 1, revokedAt, 1, 0);
  expect(revokedCertificates(builder.finish(), new Map()).find(octets(5))).toEqual({ revokedAt: held, reason: "keyCompromise" });
});

test("what vanished is counted over lists of different widths, holds left out", () => {
  const before = new SerialTableBuilder(4);
  const after = new SerialTableBuilder(4);
  for (const [serial, reason] of [[octets(1), 1], [octets(2), 6], [octets(3), 4], [octets(4, 0, 0, 0, 0, 0), 1]] as const) before.add(serial, 0, serial.length, 1, reason, 0);
  for (const serial of [octets(3)]) after.add(serial, 0, serial.length, 1, 1, 0);
  const [old, next] = [before.finish(), after.finish()];
  expect([finalOnesMissing(old, next, 0, 4), finalOnesMissing(old, next, 2, 99), finalOnesMissing(old, old, 0, 4)]).toEqual([2, 1, 0]);
});
