import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { activeKey, isRotationDue, type KeyState, keyLife, keySetCacheTime, keyState, overlap, type ProviderKeyRecord, publicationLead, takeUpBound, withRetirement, withRotation } from "../../src/provider/keys-life.ts";
import { idTokenLife, longestSession } from "../../src/provider/lifetimes.ts";

const now = 1_800_000_000;
const key = (id: string, signsFrom: number, retiresAt: number | null = null): ProviderKeyRecord => ({ id, algorithm: "ES256", createdAt: signsFrom - 10, signsFrom, retiresAt });

describe("the state of a key", () => {
  const rows: [string, ProviderKeyRecord[], Record<string, KeyState>][] = [
    ["alone", [key("a", now)], { a: "active" }],
    ["with a successor to come", [key("a", now - 5, now + 50), key("b", now + 1)], { a: "active", b: "announced" }],
    ["in the second in which the successor begins", [key("a", now - 5, now + 50), key("b", now)], { a: "retiring", b: "active" }],
    ["in the second in which it retires", [key("a", now - 5, now), key("b", now - 1)], { a: "retired", b: "active" }],
    ["two from the same second: the identifiers decide", [key("b", now), key("a", now)], { a: "retiring", b: "active" }],
    ["announced and taken out", [key("a", now - 5), key("b", now + 5, now)], { a: "active", b: "retired" }],
    ["of another algorithm", [key("a", now), { ...key("b", now - 1), algorithm: "RS256" }], { a: "active", b: "active" }],
  ];
  test.each(rows)("%s", (_name, keys, expected) => {
    expect(Object.fromEntries(keys.map((each) => [each.id, keyState(each, keys, now)]))).toEqual(expected);
    expect(Object.fromEntries(keys.toReversed().map((each) => [each.id, keyState(each, keys.toReversed(), now)]))).toEqual(expected);
  });
});

describe("what comes next", () => {
  const keys = [key("a", now - 100, now - 1), key("b", now - 50, now + 70), key("c", now - 20, now + 80), key("d", now + 30)];
  const rows: [string, ProviderKeyRecord[], number | null, unknown][] = [
    ["a", keys, 90, { state: "retired", age: 110, next: null }],
    ["b", keys, 90, { state: "retiring", age: 60, next: { state: "retired", at: now + 70 } }],
    ["c", keys, 90, { state: "active", age: 30, next: { state: "retiring", at: now + 30 } }],
    ["d", keys, 90, { state: "announced", age: -20, next: { state: "active", at: now + 30 } }],
    ["e", [key("e", now - 20)], 90, { state: "active", age: 30, next: { state: "retiring", at: now + 70 } }],
    ["e", [key("e", now - 20)], null, { state: "active", age: 30, next: null }],
  ];
  test.each(rows)("for %s", (id, all, rotateEvery, expected) => {
    const found = all.find((each) => each.id === id);
    expect(found && keyLife(found, all, rotateEvery, now)).toEqual(expected);
  });
});

describe("however keys are rotated and retired", () => {
  const act = fc.record({ wait: fc.integer({ min: 0, max: 20_000 }), what: fc.constantFrom("rotate", "due", "retire active", "retire announced", "retire oldest") });
  const history = fc.array(act, { maxLength: 25 });

  /** The keys after each act, with its time. */
  function play(acts: readonly { wait: number; what: string }[]): { at: number; keys: ProviderKeyRecord[]; emergency: boolean }[] {
    let keys: ProviderKeyRecord[] = [key("k0", now)];
    let at = now;
    return acts.map(({ wait, what }, index) => {
      at += wait;
      const made = `k${index + 1}`;
      const inState = (state: KeyState): string => keys.find((each) => keyState(each, keys, at) === state)?.id ?? "";
      if (what === "rotate" || (what === "due" && isRotationDue(keys, "ES256", 5000, at))) keys = withRotation(keys, { id: made, algorithm: "ES256" }, at) ?? keys;
      else if (what !== "due") keys = withRetirement(keys, what === "retire active" ? inState("active") : what === "retire announced" ? inState("announced") : inState("retiring"), made, at);
      return { at, keys, emergency: what.startsWith("retire") };
    });
  }

  test("exactly one key signs at every moment, and the last one has no end", () => {
    fc.assert(fc.property(history, (acts) => {
      for (const { at, keys } of play(acts)) {
        for (const later of [0, 1, publicationLead - 1, publicationLead, overlap, 10 * overlap]) expect(activeKey(keys, "ES256", at + later)).toBeDefined();
        expect(keys.filter(({ retiresAt }) => retiresAt === null).length).toBe(1);
      }
    }), { numRuns: 300 });
  });

  test("without an emergency each key is published before it signs as long as key sets are cached, and after it signed as long as what it signed may come back", () => {
    fc.assert(fc.property(history, (acts) => {
      const played = play(acts.filter(({ what }) => !what.startsWith("retire")));
      const keys = played.at(-1)?.keys ?? [];
      for (const [index, each] of keys.entries()) {
        if (index > 0) expect(each.signsFrom - each.createdAt).toBeGreaterThanOrEqual(keySetCacheTime + takeUpBound);
        const successor = keys[index + 1];
        if (successor !== undefined) expect((each.retiresAt ?? 0) - successor.signsFrom - takeUpBound).toBeGreaterThanOrEqual(Math.max(idTokenLife, longestSession));
      }
    }), { numRuns: 300 });
  });
});
