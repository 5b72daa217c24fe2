import { describe, expect, test } from "vitest";
import { catalogue, type ErrorCode, Refusal, refuse } from "../../src/errors.ts";
import type { HeldCertificate } from "../../src/enrolment/certificate-check.ts";
import { recordRefusal } from "../../src/enrolment/refusal-receipt.ts";
import { productionPolicies, verifyJpkiCertificate, userAuthenticationProfile } from "../../src/jpki/index.ts";
import { firstBrokenReceipt, type Storage } from "../../src/storage/index.ts";
import { makeAuthority, now, year } from "../certificates/authority.ts";
import { jpkiAuthority, jpkiAuthorityName, jpkiCertificate } from "../certificates/jpki.ts";
import { testKey } from "../certificates/keys.ts";
import { parsed } from "../certificates/ocsp-factory.ts";
import { bind, certificate } from "../people/people-fixture.ts";
import { temporaryStorage } from "../storage/temporary.ts";
import { frame } from "./transactions.ts";

const anchor = jpkiAuthority();
const expiredAnchor = makeAuthority({ subject: jpkiAuthorityName("authentication"), key: testKey("rsa-2048", "expired"), notAfter: now - 1 });

/** A certificate whose holder signed, judged as at sign-in. */
function held(der: Uint8Array, by = anchor): HeldCertificate {
  const anchors = { userAuthentication: [by.certificate], signature: [] };
  const verdict = verifyJpkiCertificate({ certificate: der, anchors, profile: userAuthenticationProfile, policies: productionPolicies.userAuthentication, time: now });
  return { leaf: parsed(der), verdict, judgedAt: now };
}

const refusalOf = ({ verdict }: HeldCertificate): Refusal => (verdict.valid ? new Refusal("certificate_revoked", "revoked, by ocsp") : new Refusal(verdict.code, verdict.at));

async function receiptOf(storage: Storage, refusal: Refusal, shown: HeldCertificate | null): Promise<Record<string, unknown>> {
  await storage.transaction((transaction) => recordRefusal({ storage, clock: () => now }, transaction, frame({ purpose: "step-up" }), refusal, shown));
  const row = await storage.read.receipt.findFirst({ orderBy: { sequence: "desc" } });
  expect({ kind: row?.kind, broken: await firstBrokenReceipt(storage.read) }).toEqual({ kind: "certificate_refused", broken: null });
  return { personId: row?.personId, ...(JSON.parse(row?.detail ?? "{}") as object) };
}

describe("the receipt of a refused certificate names", () => {
  const asked = { purpose: "step-up", device: "other", client: "client", personId: null };
  const good = jpkiCertificate();
  const rows: readonly [string, HeldCertificate | null, object][] = [
    ["the leaf and RFC 5280", held(jpkiCertificate({ notAfter: now - 1 })), { code: "certificate_expired", certificate: "leaf", rule: "notAfter, RFC 5280 6.1.3 (a)(2)", possession: true, medium: null }],
    ["its issuer", held(jpkiCertificate({ by: expiredAnchor, notAfter: now + year }), expiredAnchor), { code: "certificate_expired", certificate: "issuer 1", rule: "notAfter, RFC 5280 6.1.3 (a)(2)", possession: true, medium: null }],
    ["the profile's rule", held(jpkiCertificate({ use: "signature", by: anchor })), { code: "key_usage_refused", certificate: "leaf", rule: "keyUsage digitalSignature nonRepudiation", possession: true, medium: null }],
    ["the medium, where the path held", held(good), { code: "certificate_revoked", certificate: "leaf", rule: "revoked, by ocsp", possession: true, medium: "card" }],
    ["no more, where nobody showed possession", null, { code: "proof_invalid", certificate: "leaf", rule: "rsa signature", possession: false, medium: null }],
  ];
  test.each(rows)("%s", async (_name, shown, expected) => {
    const refusal = shown === null ? new Refusal("proof_invalid", "rsa signature") : refusalOf(shown);
    expect(await receiptOf(temporaryStorage(), refusal, shown)).toEqual({ ...asked, ...expected });
  });

  test("a rule in no more than 200 characters, however long the certificate made it", async () => {
    const oid = `1.2.${"3".repeat(5000)}`;
    const shown = { ...held(good), verdict: refuse("policy_refused", `policy ${oid}`) };
    expect(await receiptOf(temporaryStorage(), refusalOf(shown), shown)).toMatchObject({ rule: `policy ${oid}`.slice(0, 200) });
  });
});

describe("the person of a refused certificate", () => {
  const known = jpkiCertificate();
  const forged = jpkiCertificate({ signer: testKey("rsa-2048", "forger") });
  const rows: readonly [string, HeldCertificate | null, boolean][] = [
    ["stands in it when the certificate is on record and its holder signed", held(known), true],
    ["does not without possession", null, false],
    ["does not for another certificate that bears its issuer and serial number", held(forged), false],
    ["does not for a certificate nobody has", held(jpkiCertificate({ serialNumber: 7 })), false],
  ];
  test.each(rows)("%s", async (_name, shown, stands) => {
    const storage = temporaryStorage();
    const { leaf } = held(known);
    const { personId } = await bind(storage, { ...certificate("1"), der: leaf.der, reference: { issuer: leaf.issuer.der, serialNumber: leaf.serialNumber } });
    const receipt = await receiptOf(storage, shown === null ? new Refusal("proof_invalid", "rsa signature") : refusalOf(shown), shown);
    expect(receipt["personId"]).toBe(stands ? personId : null);
  });
});

test("a record that does not open stops no receipt: then nobody stands in it", async () => {
  const storage = temporaryStorage();
  const { leaf } = held(jpkiCertificate());
  await bind(storage, { ...certificate("1"), der: leaf.der, reference: { issuer: leaf.issuer.der, serialNumber: leaf.serialNumber } });
  await storage.transaction(({ data }) => data.evidence.updateMany({ data: { sealedCertificate: Uint8Array.of(1) } }));
  const shown = held(leaf.der);
  expect(await receiptOf(storage, refusalOf(shown), shown)).toMatchObject({ personId: null, code: "certificate_revoked" });
});

describe("what the person reads", () => {
  const ofTheOperator = /RFC|OCSP|CRL|DER|OID|X\.?509|keyUsage|[a-z]+_[a-z]+/;
  test.each(Object.keys(catalogue) as ErrorCode[])("%s: a sentence in plain Japanese and in plain English", (code) => {
    const { ja, en } = catalogue[code];
    expect(ja).toMatch(/^[^A-Za-z]*[ぁ-んァ-ヶ一-龠][^。]*。/u);
    expect(en).toMatch(/^[A-Z][^\u3040-\u30ff\u4e00-\u9fff]*\.$/u);
    expect([ja, en].filter((sentence) => ofTheOperator.test(sentence))).toEqual([]);
  });
});
