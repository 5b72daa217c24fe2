import { describe, expect, expectTypeOf, test } from "vitest";
import { type EvidenceState, evidenceState, transitions } from "../../src/people/index.ts";
import { end, erase, hold, isHarder, liftsHold, release, restore, revoke, startsFrom, suspend } from "../../src/people/lifecycle-states.ts";
import { asIdentifier } from "../../src/identifiers.ts";
import type { PasskeyState, PersonState } from "../../src/people/records.ts";
import { now } from "./people-fixture.ts";

type From<Transition extends (from: never, ...rest: never[]) => unknown> = Parameters<Transition>[0] extends { readonly state: infer State } ? State : never;

describe("an illegal transition cannot be written", () => {
  test("each takes the states it may start from, and no other", () => {
    expectTypeOf<From<typeof hold>>().toEqualTypeOf<"active" | "held">();
    expectTypeOf<From<typeof release>>().toEqualTypeOf<"held">();
    expectTypeOf<From<typeof erase>>().toEqualTypeOf<"active" | "held">();
    expectTypeOf<From<typeof end>>().toEqualTypeOf<"good" | "unknown" | "held" | "expired" | "revoked">();
    expectTypeOf<From<typeof suspend>>().toEqualTypeOf<"active">();
    expectTypeOf<From<typeof restore>>().toEqualTypeOf<"suspended">();
    expectTypeOf<From<typeof revoke>>().toEqualTypeOf<"pending" | "active" | "suspended">();
  });

  test("every state of the table is one there is", () => {
    expectTypeOf<Named<typeof transitions.person>>().toEqualTypeOf<PersonState>();
    expectTypeOf<Named<typeof transitions.evidence>>().toEqualTypeOf<EvidenceState>();
    expectTypeOf<Named<typeof transitions.passkey>>().toEqualTypeOf<PasskeyState>();
  });
});

type Named<Machine> = { [Name in keyof Machine]: Machine[Name] extends { from: readonly (infer From)[]; to: infer To } ? From | To : never }[keyof Machine];

describe("states nobody leaves", () => {
  test.each([["person", "erased"], ["evidence", "revoked"], ["passkey", "revoked"]] as const)("%s %s", (machine, state) => {
    const leaving = Object.entries<{ from: readonly string[]; to: string }>(transitions[machine]).filter(([, { from }]) => from.includes(state)).map(([name]) => name);
    expect(leaving).toEqual(machine === "evidence" ? ["supersede", "end"] : []);
  });

  test.each([["pending", false], ["active", true], ["suspended", false], ["revoked", false]] as const)("a passkey that is %s may be suspended: %s", (state, may) => {
    expect(startsFrom("passkey", "suspend", { state })).toBe(may);
  });
});

describe("holds", () => {
  const held = { state: "held", heldAt: now, heldBy: "person" } as const;
  const rows = [
    { liftedBy: "signature", by: "signature", lifts: true },
    { liftedBy: "signature", by: "operator", lifts: false },
    { liftedBy: "operator", by: "signature", lifts: false },
    { liftedBy: "operator", by: "operator", lifts: true },
  ] as const;
  test.each(rows)("lifted by $liftedBy: $by lifts it: $lifts", ({ liftedBy, by, lifts }) => {
    expect(liftsHold({ ...held, liftedBy }, by)).toBe(lifts);
    expect(isHarder(by, { ...held, liftedBy })).toBe(liftedBy === "signature" && by === "operator");
  });
});

describe("what a certificate on record is worth", () => {
  const standing = { supersededBy: null, ended: null, expiresAt: now, status: { status: "good", source: "ocsp", thisUpdate: now, checkedAt: now } } as const;
  const withStatus = (status: "revoked" | "hold" | "unknown") => ({ ...standing, status: { ...standing.status, status } });
  const superseded = { supersededBy: asIdentifier<NonNullable<Parameters<typeof evidenceState>[0]["supersededBy"]>>("e2") };
  const ended = { ended: { at: now, reason: "surrendered" } } as const;
  const rows: readonly { name: string; evidence: Parameters<typeof evidenceState>[0]; later?: number; state: EvidenceState }[] = [
    { name: "good until its last second", evidence: standing, state: "good" },
    { name: "expired a second later", evidence: standing, later: 1, state: "expired" },
    { name: "revoked", evidence: withStatus("revoked"), state: "revoked" },
    { name: "revoked, and expired since", evidence: withStatus("revoked"), later: 1, state: "revoked" },
    { name: "on hold", evidence: withStatus("hold"), state: "held" },
    { name: "on hold, and expired since", evidence: withStatus("hold"), later: 1, state: "expired" },
    { name: "unknown", evidence: withStatus("unknown"), state: "unknown" },
    { name: "ended, although good", evidence: { ...standing, ...ended }, state: "ended" },
    { name: "superseded, although revoked", evidence: { ...withStatus("revoked"), ...superseded }, state: "superseded" },
    { name: "superseded and ended", evidence: { ...standing, ...superseded, ...ended }, state: "superseded" },
  ];
  test.each(rows)("$name", ({ evidence, later = 0, state }) => {
    expect(evidenceState(evidence, now + later)).toBe(state);
  });
});
