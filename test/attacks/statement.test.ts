import { codeHash, DpopKey, type EnrolmentStatement } from "@jpki-bridge/client-sdk";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fromBase64Url, randomBytes, toBase64Url } from "../../src/bytes.ts";
import type { ErrorCode } from "../../src/errors.ts";
import { newPerson } from "../support/journey.ts";
import { registerRelyingParty, type TestRelyingParty } from "../support/relying-party.ts";
import { Device, imageOf, type Proof, signedBy } from "./device.ts";
import { challengedDevice, expectNoSession, expectRefused, openAtAccount, openAtService, type Setting, startSetting } from "./setting.ts";
import { count, refusedBy, transactionState, unchangedBy } from "./state.ts";

let setting: Setting;
let party: TestRelyingParty;
beforeAll(async () => {
  setting = await startSetting();
  party = await registerRelyingParty(setting.world);
});
afterAll(() => setting.close());

const random32 = (): string => toBase64Url(randomBytes(32));

/** What a relaying or lying app could have had signed instead of the statement that was given out. */
const forged: readonly [string, (statement: EnrolmentStatement) => EnrolmentStatement | Promise<EnrolmentStatement>][] = [
  ["for another client", (statement) => ({ ...statement, client_id: "another-client" })],
  ["under another client's name", (statement) => ({ ...statement, client_name: "Another service" })],
  ["under another client's host", (statement) => ({ ...statement, client_host: "service.example" })],
  ["for another issuer", (statement) => ({ ...statement, iss: "https://bridge.example" })],
  ["for another transaction", (statement) => ({ ...statement, txn: toBase64Url(randomBytes(16)) })],
  ["for a step-up", (statement) => ({ ...statement, purpose: "step-up" })],
  ["for a recovery", (statement) => ({ ...statement, purpose: "recover" })],
  ["for a renewal", (statement) => ({ ...statement, purpose: "renew" })],
  ["with another nonce", (statement) => ({ ...statement, nonce: random32() })],
  ["under another ephemeral key", async (statement) => ({ ...statement, jkt: (await DpopKey.generate()).thumbprint })],
  ["made earlier", (statement) => ({ ...statement, iat: statement.iat - 1 })],
  ["with a longer life", (statement) => ({ ...statement, exp: statement.exp + 300 })],
  ["without the number", (statement) => ({ ...statement, code_hash: null })],
  ["with another number", async (statement) => ({ ...statement, code_hash: await codeHash(statement.nonce, "00") === statement.code_hash ? await codeHash(statement.nonce, "01") : await codeHash(statement.nonce, "00") })],
];

describe("a statement signed", () => {
  test.each(forged)("%s", async (_name, forge) => {
    const { world } = setting;
    const opening = await openAtService(party, "other");
    const { device, statement } = await challengedDevice(world, opening);
    const proof = await device.proof(await forge(statement), "good-phone");
    expectRefused(await refusedBy(world, statement, () => device.prove(proof), { code: "proof_invalid", rule: "rsa signature" }), "proof_invalid");
    expect(await transactionState(world, opening.transaction)).toBe("failed");
    const right = await device.proof(statement, "good-phone");
    expectRefused(await unchangedBy(world, () => device.prove(right)), "challenge_used");
    await expectNoSession(opening.person.browser, world, party);
  });

  test("in another transaction by the same card", async () => {
    const { world } = setting;
    const first = await challengedDevice(world, await openAtAccount(world, "same"));
    const second = await challengedDevice(world, await openAtAccount(world, "same"));
    const proof = await first.device.proof(first.statement, "good-phone");
    expectRefused(await refusedBy(world, second.statement, () => second.device.prove(proof), { code: "proof_invalid", rule: "rsa signature" }), "proof_invalid");
    expect((await first.device.prove(proof)).body).toEqual({ next: "passkey" });
  });
});

describe("a proof", () => {
  const flipped = (text: string): string => {
    const bytes = fromBase64Url(text) ?? new Uint8Array();
    bytes[100] = (bytes[100] ?? 0) ^ 1;
    return toBase64Url(bytes);
  };
  const trailing: unknown = expect.stringMatching(/^offset \d+: unexpected octets$/);
  const rows: readonly [string, (proof: Proof, statement: EnrolmentStatement) => Promise<Proof> | Proof, ErrorCode, unknown?][] = [
    ["with the certificate swapped after signing", async (proof) => ({ ...proof, certificate: (await imageOf(setting.world, "good-card")).authentication?.certificate ?? "" }), "proof_invalid"],
    ["with the certificate of an earlier generation swapped in", async (proof) => ({ ...proof, certificate: (await imageOf(setting.world, "next-generation")).authentication?.certificate ?? "" }), "proof_invalid"],
    ["with the authority's certificate swapped in", async (proof) => ({ ...proof, certificate: (await imageOf(setting.world, "good-phone")).authentication?.caCertificate ?? "" }), "proof_invalid"],
    ["by the signature key of the same card", async (proof, statement) => {
      const { signature } = await imageOf(setting.world, "good-phone");
      if (signature === null) throw new Error("no signature key");
      const swapped = { authentication: { ...signature, pin: "1234" }, signature: null };
      return { ...proof, signature: (await signedBy(swapped, statement)).signature };
    }, "proof_invalid"],
    ["with one bit of the signature flipped", (proof) => ({ ...proof, signature: flipped(proof.signature) }), "proof_invalid"],
    ["with one bit of the certificate's key flipped", (proof) => ({ ...proof, certificate: flippedAt(proof.certificate, 400) }), "proof_invalid"],
    ["with a signature of zeros", (proof) => ({ ...proof, signature: toBase64Url(new Uint8Array(256)) }), "proof_invalid"],
    ["with a short signature", (proof) => ({ ...proof, signature: proof.signature.slice(0, 100) }), "proof_invalid"],
    ["with octets after the signature", (proof) => ({ ...proof, signature: toBase64Url(new Uint8Array([...(fromBase64Url(proof.signature) ?? []), 0])) }), "proof_invalid"],
    ["with octets after the certificate", (proof) => ({ ...proof, certificate: toBase64Url(new Uint8Array([...(fromBase64Url(proof.certificate) ?? []), 0])) }), "malformed_certificate", trailing],
    ["with two certificates", (proof) => ({ ...proof, certificate: toBase64Url(new Uint8Array([...(fromBase64Url(proof.certificate) ?? []), ...(fromBase64Url(proof.certificate) ?? [])])) }), "malformed_certificate", trailing],
    ["with half a certificate", (proof) => ({ ...proof, certificate: proof.certificate.slice(0, 800) }), "malformed_certificate", "offset 0: length beyond the end"],
    ["with garbage for a certificate", (proof) => ({ ...proof, certificate: "A".repeat(43) }), "malformed_certificate", "offset 0: expected tag 30, found 0"],
    ["with 16,500 octets for a certificate", (proof) => ({ ...proof, certificate: toBase64Url(new Uint8Array(16_500)) }), "certificate_too_large", "16500 octets"],
  ];
  const flippedAt = (text: string, at: number): string => {
    const bytes = fromBase64Url(text) ?? new Uint8Array();
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    return toBase64Url(bytes);
  };
  test.each(rows)("%s", async (_name, change, code, rule = "rsa signature") => {
    const { world } = setting;
    const opening = await openAtAccount(world, "same");
    const { device, statement } = await challengedDevice(world, opening);
    const proof = await change(await device.proof(statement, "good-phone"), statement);
    expectRefused(await refusedBy(world, statement, () => device.prove(proof), { code, rule }), code);
    expect(await transactionState(world, opening.transaction)).toBe("failed");
    expectRefused(await unchangedBy(world, () => device.post("passkey/options")), code);
  });

  const unreadable: readonly [string, (proof: Proof) => object][] = [
    ["without a certificate", ({ signature }) => ({ signature })],
    ["without a signature", ({ certificate }) => ({ certificate })],
    ["with padded base64", ({ certificate, signature }) => ({ certificate, signature: `${signature}==` })],
    ["with a PEM certificate", ({ signature }) => ({ certificate: "-----BEGIN CERTIFICATE-----", signature })],
    ["with certificates in a list", ({ certificate, signature }) => ({ certificate: [certificate], signature })],
    ["with an over-long signature", ({ certificate }) => ({ certificate, signature: "A".repeat(1404) })],
    ["with an over-long certificate", ({ signature }) => ({ certificate: "A".repeat(22_004), signature })],
  ];
  test.each(unreadable)("%s does not even use up the nonce", async (_name, change) => {
    const { world } = setting;
    const { device, statement } = await challengedDevice(world, await openAtAccount(world, "same"));
    const proof = await device.proof(statement, "good-phone");
    expectRefused(await unchangedBy(world, () => device.post("proof", change(proof))), "invalid_request");
    expect((await device.prove(proof)).body).toEqual({ next: "passkey" });
  });

  test("posted by another device's key", async () => {
    const { world } = setting;
    const { device, statement } = await challengedDevice(world, await openAtAccount(world, "same"));
    const proof = await device.proof(statement, "good-phone");
    const stranger = await device.stranger();
    expectRefused(await unchangedBy(world, () => stranger.prove(proof)), "device_key_mismatch");
    expect((await device.prove(proof)).status).toBe(200);
  });

  test("before any statement", async () => {
    const { world } = setting;
    const device = await Device.open(world, (await openAtAccount(world, "same")).link);
    await device.claim();
    expectRefused(await unchangedBy(world, () => device.prove({ certificate: "AAAA", signature: "AAAA" })), "transaction_wrong_state");
  });
});

describe("the nonce", () => {
  test("is used once of twenty proofs posted at once", async () => {
    const { world } = setting;
    const opening = await openAtAccount(world, "same", newPerson("new-phone"));
    const { device, statement } = await challengedDevice(world, opening);
    const proof = await device.proof(statement, "new-phone");
    const before = { person: await count(world, "person"), evidence: await count(world, "evidence") };
    const answers = await Promise.all(Array.from({ length: 20 }, () => device.prove(proof)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    for (const answer of answers.filter(({ status }) => status !== 200)) expectRefused(answer, "challenge_used");
    expect({ person: await count(world, "person"), evidence: await count(world, "evidence") }).toEqual({ person: before.person + 1, evidence: before.evidence + 1 });
  });

  test("is used up by one of twenty wrong proofs at once, and one receipt is all that the audit log gets", async () => {
    const { world } = setting;
    const { device, statement } = await challengedDevice(world, await openAtAccount(world, "same"));
    const { certificate } = await device.proof(statement, "good-phone");
    const wrong = { certificate, signature: toBase64Url(new Uint8Array(256)) };
    const answers = await refusedBy(world, statement, () => Promise.all(Array.from({ length: 20 }, () => device.prove(wrong))), { code: "proof_invalid", rule: "rsa signature" });
    expect(answers.map(({ body }) => body["error"]).sort()).toEqual([...Array.from({ length: 19 }, () => "challenge_used"), "proof_invalid"]);
    await unchangedBy(world, () => device.prove(wrong));
  });

  test("of one person in twenty transactions at once makes one person", async () => {
    const { world } = setting;
    const ready = await Promise.all(Array.from({ length: 20 }, async () => challengedDevice(world, await openAtAccount(world, "same"))));
    const proofs = await Promise.all(ready.map(({ device, statement }) => device.proof(statement, "renewed")));
    const before = await count(world, "person");
    const answers = await Promise.all(ready.map(({ device }, index) => device.prove(proofs[index] ?? { certificate: "", signature: "" })));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(await count(world, "person")).toBe(before + 1);
  });

  test("is not given out twice", async () => {
    const { world } = setting;
    const { device } = await challengedDevice(world, await openAtAccount(world, "same"));
    expectRefused(await unchangedBy(world, () => device.post("statement")), "transaction_wrong_state");
  });
});
