import { describe, expect, test } from "vitest";
import type { AssuranceFacts } from "../../../src/assurance/index.ts";
import { flatten, grouped } from "../../../src/sandbox/demo-service/claim-list.ts";
import { claimGroups, explanationOf, explanations } from "../../../src/sandbox/demo-service/explanations.ts";
import { languages } from "../../../src/sandbox/demo-service/language.ts";
import { valueWords, wordFor } from "../../../src/sandbox/demo-service/value-words.ts";
import { evidence, hardware, status, synced, withBoth, withNothing, withPasskey, withPresence, withSignature } from "../../assurance/facts.ts";
import { accessTokenClaims, bridgeClaims, idTokenClaims } from "./samples.ts";

const sessions = [withPasskey, withPresence, withSignature("same"), withSignature("other"), withBoth("same"), withBoth("other"), withNothing];
const evidences = (["card", "smartphone"] as const).flatMap((medium) =>
  (["jpki_user_authentication", "jpki_signature"] as const).flatMap((kind) =>
    (["good", "revoked", "hold", "unknown"] as const).flatMap((state) =>
      (["ocsp", "crl", "operator"] as const).map((source) => evidence({ medium, kind, status: status({ status: state, source }) })),
    ),
  ),
);
const authenticators = [synced, hardware, { ...synced, attestation: "self" as const }];

/** Facts of every kind, one axis at a time. */
const everyKind: readonly Partial<AssuranceFacts>[] = [
  ...sessions.flatMap((session) => [{ session }, { session, evidence: evidence({ medium: "card" }) }]),
  ...[...evidences, null].map((each) => ({ evidence: each })),
  ...(["issuer_statement", "old_key_signed", "presented_together", "operator_review"] as const).map((continuity) => ({ evidence: evidence({ continuity }) })),
  ...authenticators.map((authenticator) => ({ authenticator })),
  { person: "held" }, { person: "erased" }, { binding: null },
];

describe("explanations", () => {
  test("every claim that the bridge computes is explained", () => {
    const paths = new Set(everyKind.flatMap((changes) => flatten(bridgeClaims(changes)).map(({ path }) => path)));
    expect([...paths].filter((path) => explanationOf(path) === undefined)).toEqual([]);
    // The rows above really reach every claim of assurance that there is an explanation for.
    const ofAssurance = Object.entries(explanations).filter(([, { group }]) => group !== "protocol").map(([path]) => path);
    expect(ofAssurance.filter((path) => !paths.has(path))).toEqual([]);
  });

  test.each([["ID token", idTokenClaims()], ["JWT access token", accessTokenClaims]])("every claim of an %s is explained", (_name, claims) => {
    expect(flatten(claims).filter(({ path }) => explanationOf(path) === undefined)).toEqual([]);
  });

  test("every value out of a closed set has its words, in both languages", () => {
    const rows = everyKind.flatMap((changes) => flatten(bridgeClaims(changes))).filter(({ path }) => path in valueWords);
    const values = rows.flatMap(({ path, value }) => (Array.isArray(value) ? value : [value]).map((each: unknown) => ({ path, value: each })));
    expect(values.length).toBeGreaterThan(100);
    for (const language of languages) expect(values.filter(({ path, value }) => wordFor(path, value, language) === undefined)).toEqual([]);
  });

  test.each(Object.entries(explanations))("%s: one line a language", (_path, { text }) => {
    expect(text.ja).toMatch(/[ぁ-んァ-ヶ一-龠].*。$/u);
    expect(text.en).toMatch(/^[A-Z].*\.$/u);
    expect(text.en.length).toBeLessThan(120);
  });
});

describe("the list of claims", () => {
  test.each([
    ["nested objects", { a: { b: { c: 1 } } }, [{ path: "a.b.c", value: 1 }]],
    ["an array is one value", { amr: ["x", "y"] }, [{ path: "amr", value: ["x", "y"] }]],
    ["null and false are values", { a: null, b: false }, [{ path: "a", value: null }, { path: "b", value: false }]],
    ["nothing", {}, []],
    ["an empty object", { a: {} }, []],
  ])("%s", (_name, claims, expected) => {
    expect(flatten(claims)).toEqual(expected);
  });

  test("sections come in their order, and unknown claims last", () => {
    const groups = grouped(flatten({ ...idTokenClaims(), surprise: 1 }));
    expect(groups.map(({ group }) => group)).toEqual([...claimGroups]);
    expect(groups.at(-1)?.rows.map(({ path }) => path)).toContain("surprise");
  });

  test.each([
    ["valueOf", "assurance.evidence.kind", "toString"],
    ["a path that is a property of every object", "constructor", "name"],
  ])("no word is taken from a prototype: %s", (_name, path, value) => {
    expect(wordFor(path, value, "ja")).toBeUndefined();
    expect(explanationOf("constructor")).toBeUndefined();
  });
});
