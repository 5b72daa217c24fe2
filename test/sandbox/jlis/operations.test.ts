import { describe, expect, test } from "vitest";
import { Refusal } from "../../../src/errors.ts";
import { authorityName } from "../../../src/sandbox/jlis/ca/profile.ts";
import { publicKeyOf, generateRsaKey } from "../../../src/sandbox/jlis/ca/keys.ts";
import type { Operation, PersonaState } from "../../../src/sandbox/jlis/personas/operations.ts";
import { operations } from "../../../src/sandbox/jlis/personas/operations.ts";
import { people } from "../../../src/sandbox/jlis/personas/people.ts";
import { personas } from "../../../src/sandbox/jlis/personas/personas.ts";
import type { PersonaId } from "../../../src/sandbox/jlis/personas/personas.ts";
import { toBase64Url, toHex } from "../../../src/bytes.ts";
import { serialInHex } from "../../../src/sandbox/jlis/web/continuity-route.ts";
import { bytesOf, certificateOf, postJson, useJlis } from "./fixture.ts";

const fixture = useJlis();
const stateOf = (id: PersonaId): PersonaState => fixture.jlis.personas.view(id).state;
const operate = async (id: PersonaId, operation: Operation): Promise<string> => {
  try {
    return (await fixture.jlis.personas.operate(id, operation)).state;
  } catch (error) {
    if (error instanceof Refusal) return error.code;
    throw error;
  }
};

test("the personas begin as the table says", () => {
  expect(Object.fromEntries(personas.map(({ id }) => [id, stateOf(id)]))).toEqual({
    "good-phone": "good",
    "good-card": "good",
    "next-generation": "good",
    revoked: "revoked",
    "on-hold": "on_hold",
    expired: "expired",
    "old-phone": "revoked",
    "new-phone": "good",
    renewed: "good",
    "signature-certificate": "good",
    "sub-ca-forgery": "forged",
  });
});

/** In this order: each row starts where the one before left. */
const steps: readonly (readonly [PersonaId, Operation, string])[] = [
  ["good-phone", "release", "operation_not_possible"],
  ["good-phone", "hold", "on_hold"],
  ["good-phone", "hold", "operation_not_possible"],
  ["good-phone", "renew", "operation_not_possible"],
  ["good-phone", "release", "good"],
  ["good-phone", "hold", "on_hold"],
  ["good-phone", "revoke", "revoked"],
  ["good-phone", "release", "operation_not_possible"],
  ["good-phone", "revoke", "operation_not_possible"],
  ["good-phone", "reissue", "good"],
  ["good-phone", "revoke", "revoked"],
  ["expired", "revoke", "operation_not_possible"],
  ["expired", "hold", "operation_not_possible"],
  ["expired", "renew", "good"],
  ["on-hold", "release", "good"],
  ["signature-certificate", "hold", "on_hold"],
  ["signature-certificate", "release", "good"],
  ...operations.map((operation) => ["sub-ca-forgery", operation, "operation_not_possible"] as const),
];

test.each(steps)("%s: %s -> %s", async (id, operation, expected) => {
  const before = stateOf(id);
  expect(await operate(id, operation)).toBe(expected);
  expect(stateOf(id)).toBe(expected === "operation_not_possible" ? before : expected);
});

describe("reissue on a new phone", () => {
  test("ends the person's other phone, with a new key and serial, until the card's own end", async () => {
    const replaced = certificateOf(fixture, "new-phone");
    await fixture.jlis.personas.secureElement("new-phone");
    expect(await operate("old-phone", "reissue")).toBe("good");
    const issued = certificateOf(fixture, "old-phone");
    expect(stateOf("new-phone")).toBe("revoked");
    expect(issued.previous).toBe(replaced.serial);
    expect(issued.serial).toBeGreaterThan(replaced.serial);
    expect(issued.key).not.toBe(replaced.key);
    expect(issued.notAfter).toBe(replaced.notAfter);
    const ofPerson = fixture.jlis.authority.certificates.filter(({ person }) => person === issued.person);
    expect(ofPerson.filter(({ state }) => state.kind === "good")).toEqual([issued]);
  });

  test("the Secure Element then holds the new key", async () => {
    const before = await fixture.jlis.personas.secureElement("old-phone");
    await operate("old-phone", "reissue");
    const after = await fixture.jlis.personas.secureElement("old-phone");
    expect(after.authentication?.key["n"]).not.toBe(before.authentication?.key["n"]);
    expect(after.signature?.certificate).not.toBe(before.signature?.certificate);
  });
});

describe("Secure Element images", () => {
  test.each(["good-card", "next-generation", "renewed"] as const)("%s: two keys with their PINs, the same at each reading", async (id) => {
    const [image, again] = await Promise.all([fixture.jlis.personas.secureElement(id), fixture.jlis.personas.secureElement(id)]);
    expect(again).toEqual(image);
    expect(image.authentication).toMatchObject({ pin: "1234", key: { kty: "RSA", e: "AQAB" } });
    expect(image.signature).toMatchObject({ pin: "ABC123", key: { kty: "RSA", e: "AQAB" } });
    expect(image.signature?.key["n"]).not.toBe(image.authentication?.key["n"]);
    expect(toBase64Url(Buffer.from(certificateOf(fixture, id).certificate, "base64url"))).toBe(image.authentication?.certificate);
  });

  test("the signature persona offers its signature certificate for authentication", async () => {
    const { authentication, signature } = await fixture.jlis.personas.secureElement("signature-certificate");
    expect(authentication?.certificate).toBe(signature?.certificate);
    expect(authentication?.pin).toBe("1234");
    expect(certificateOf(fixture, "signature-certificate").use).toBe("signature");
  });

  test("a device that is not good gets no signature certificate", async () => {
    expect((await fixture.jlis.personas.secureElement("revoked")).signature).toBeNull();
    expect((await fixture.jlis.personas.secureElement("sub-ca-forgery")).signature).toBeNull();
  });

  test("revocation reaches both certificates of a device", async () => {
    await fixture.jlis.personas.secureElement("next-generation");
    await operate("next-generation", "revoke");
    const held = fixture.jlis.authority.certificates.filter(({ holder }) => holder === "next-generation");
    expect(held.map(({ use, state }) => [use, state.kind])).toEqual([["user-authentication", "revoked"], ["signature", "revoked"]]);
  });
});

describe("at the same time", () => {
  test("of 10 holds one counts", async () => {
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => operate("renewed", "hold")));
    expect(outcomes.filter((outcome) => outcome === "on_hold")).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === "operation_not_possible")).toHaveLength(9);
    await operate("renewed", "release");
  });

  test("10 certificates get 10 serials", async () => {
    const publicKey = publicKeyOf(await generateRsaKey());
    const { municipality, ...attributes } = people.hanako;
    const issued = await Promise.all(
      Array.from({ length: 10 }, (_value, index) =>
        fixture.jlis.authority.issue({
          use: "user-authentication",
          generation: index % 2 === 0 ? 1 : 2,
          medium: "smartphone",
          municipality,
          person: "hanako",
          holder: `elsewhere-${index}`,
          attributes,
          publicKey,
          key: null,
        }),
      ),
    );
    expect(new Set(issued.map(({ serial }) => serial)).size).toBe(10);
    for (const certificate of issued) expect(fixture.jlis.authority.find(certificate)).toEqual(certificate);
  });

  test("revoking several certificates is all or nothing", async () => {
    const [first, second] = [certificateOf(fixture, "good-card"), certificateOf(fixture, "good-phone")];
    const refused = fixture.jlis.authority.revoke([first, second], "superseded");
    await expect(refused).rejects.toMatchObject({ code: "operation_not_possible" });
    expect(fixture.jlis.authority.find(first)?.state).toEqual({ kind: "good" });
  });
});

describe("continuity", () => {
  const issuer = toBase64Url(authorityName("user-authentication"));
  const ask = async (serial: string): Promise<unknown> => (await postJson(`${fixture.jlis.origin}/continuity`, { issuer, serial })).json();

  test("a renewed certificate names the one before, the first names none", async () => {
    const renewed = certificateOf(fixture, "renewed");
    const answer = await ask(serialInHex(renewed.serial));
    const previous = serialInHex(renewed.previous ?? 0);
    expect(answer).toEqual({ previous: { issuer, serial: previous } });
    expect(await ask(previous)).toEqual({ previous: null });
  });

  test("the serial is the certificate's own octets in hex", () => {
    const { serial, certificate } = certificateOf(fixture, "renewed");
    expect(toHex(bytesOf(certificate))).toContain(`0203${serialInHex(serial)}300d`);
  });
});
