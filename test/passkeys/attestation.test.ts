import { convertCOSEtoPKCS, parseAuthenticatorData } from "@simplewebauthn/server/helpers";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { concatBytes, utf8 } from "../../src/bytes.ts";
import { chainsToRoot } from "../../src/passkeys/attestation-path.ts";
import { authorityExtensions, makeAuthority, now, year } from "../certificates/authority.ts";
import type { Authority } from "../certificates/authority.ts";
import { buildCertificate } from "../certificates/certificate.ts";
import type { CertificateSpec } from "../certificates/certificate.ts";
import { bitString, context, enumerated, explicit, ia5String, integer, octetString, oid, sequence } from "../certificates/der-writer.ts";
import { basicConstraints } from "../certificates/extensions.ts";
import type { ExtensionSpec } from "../certificates/extensions.ts";
import { testKey } from "../certificates/keys.ts";
import { name } from "../certificates/names.ts";
import { outcome, register } from "./ceremonies.ts";
import { sha256 } from "./software-authenticator.ts";
import type { AttestationKey } from "./software-authenticator.ts";

// The library judges an attestation certificate's own validity by the machine's clock.
beforeAll(() => {
  vi.useFakeTimers({ now: now * 1000, toFake: ["Date"] });
});
afterAll(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const aaguid = Uint8Array.from({ length: 16 }, () => 0xab);
const model = "abababab-abab-abab-abab-abababababab";
const ca = (label: string, by?: Authority) =>
  makeAuthority({ key: testKey("p256", label), subject: name(["C", "JP"], ["O", "Maker"], ["CN", label]), ...(by && { by }) });
const root = ca("attestation root");
const intermediate = ca("attestation intermediate", root);
const stranger = ca("attestation stranger");
const namesake = makeAuthority({ key: testKey("p256", "namesake"), subject: root.subject });
const notAnAuthority = makeAuthority({ key: testKey("p256", "not a ca"), subject: name(["C", "JP"], ["O", "Maker"], ["CN", "leaf"]), by: root, extensions: [basicConstraints(false)] });
const expired = makeAuthority({ key: testKey("p256", "expired"), subject: name(["C", "JP"], ["O", "Maker"], ["CN", "old"]), by: root, notAfter: now - 1 });
const expiredRoot = makeAuthority({ key: root.key, subject: root.subject, notAfter: now - 1 });

const subject = name(["C", "JP"], ["O", "Maker"], ["OU", "Authenticator Attestation"], ["CN", "Model"]);
const batchKey = testKey("p256", "batch");
const leaf = (issuer: Authority, changes: Partial<CertificateSpec> = {}): Uint8Array =>
  buildCertificate({ issuer: issuer.subject, subject, notBefore: now - year, notAfter: now + year, spki: batchKey.spki, extensions: [basicConstraints(false)], signer: issuer.key, ...changes });
const attestedBy = (...x5c: Uint8Array[]): AttestationKey => ({ privateKey: batchKey.privateKey, x5c });
const metadata = (...roots: Uint8Array[]) => ({ rootsOf: (asked: string) => (asked === model ? roots : []), now });

const paths: [string, AttestationKey, Uint8Array[] | null, "self" | "verified"][] = [
  ["issued by a listed root", attestedBy(leaf(root)), [root.certificate], "verified"],
  ["by way of an intermediate", attestedBy(leaf(intermediate), intermediate.certificate), [root.certificate], "verified"],
  ["with the root sent along", attestedBy(leaf(intermediate), intermediate.certificate, root.certificate), [root.certificate], "verified"],
  ["where the intermediate is what metadata lists", attestedBy(leaf(intermediate)), [intermediate.certificate], "verified"],
  ["where the listed intermediate is sent along", attestedBy(leaf(intermediate), intermediate.certificate), [intermediate.certificate], "verified"],
  ["by the second of two listed roots", attestedBy(leaf(root)), [stranger.certificate, root.certificate], "verified"],
  ["without metadata", attestedBy(leaf(root)), null, "self"],
  ["without a root for the model", attestedBy(leaf(root)), [], "self"],
  ["issued by a stranger", attestedBy(leaf(stranger)), [root.certificate], "self"],
  ["by a stranger, with the listed root sent along", attestedBy(leaf(stranger), root.certificate), [root.certificate], "self"],
  ["by a namesake of the root", attestedBy(leaf(namesake)), [root.certificate], "self"],
  ["without the intermediate", attestedBy(leaf(intermediate)), [root.certificate], "self"],
  ["with the path the wrong way round", attestedBy(leaf(root), root.certificate, intermediate.certificate), [root.certificate], "self"],
  ["issued by what is no authority", attestedBy(leaf(notAnAuthority), notAnAuthority.certificate), [root.certificate], "self"],
  ["by way of an expired intermediate", attestedBy(leaf(expired), expired.certificate), [root.certificate], "self"],
  ["by an expired root", attestedBy(leaf(root)), [expiredRoot.certificate], "self"],
  ["by a root that is no certificate", attestedBy(leaf(root)), [utf8("junk")], "self"],
  ["on a path of six", attestedBy(leaf(root), ...Array.from({ length: 5 }, () => root.certificate)), [root.certificate], "self"],
];
test.each(paths)("an attestation %s", async (_name, attestation, roots, worth) => {
  const { verdict } = await register({ aaguid, attestation }, roots === null ? {} : { metadata: metadata(...roots) });
  expect(verdict).toMatchObject({ valid: true, value: { attestation: worth } });
});

test("a certificate that metadata lists as its own root stands for itself", async () => {
  const certificate = leaf(stranger);
  const { verdict } = await register({ aaguid, attestation: attestedBy(certificate) }, { metadata: metadata(certificate) });
  expect(verdict).toMatchObject({ valid: true, value: { attestation: "verified" } });
});

test("the roots of one model vouch for no other", async () => {
  const { verdict } = await register({ aaguid: new Uint8Array(16), attestation: attestedBy(leaf(root)) }, { metadata: metadata(root.certificate) });
  expect(verdict).toMatchObject({ valid: true, value: { attestation: "self" } });
});

const falseStatements: [string, AttestationKey][] = [
  ["signed by another key than the certificate's", { privateKey: testKey("p256", "other").privateKey, x5c: [leaf(root)] }],
  ["with a certificate that has expired", attestedBy(leaf(root, { notAfter: now - 1 }))],
  ["with a certificate of an authority", attestedBy(leaf(root, { extensions: authorityExtensions(root.keyIdentifier) }))],
  ["with a certificate for something else", attestedBy(leaf(root, { subject: name(["C", "JP"], ["O", "Maker"], ["OU", "Mail"], ["CN", "x"]) }))],
  ["with octets for a certificate", attestedBy(utf8("junk"))],
  ["with no certificate in the list", attestedBy()],
];
test.each(falseStatements)("a statement %s is refused", async (_name, attestation) => {
  const { verdict } = await register({ aaguid, attestation }, { metadata: metadata(root.certificate) });
  expect(outcome(verdict)).toBe("passkey_response_invalid attStmt");
});

/** A registration whose attestation statement is made when the authenticator's and the client's data are known. */
async function registerWith(format: string, statement: (authData: Uint8Array<ArrayBuffer>, clientDataHash: Uint8Array) => Map<string, unknown>) {
  let clientDataHash: Uint8Array = new Uint8Array();
  const { verdict } = await register({ aaguid }, {
    tampering: {
      clientData: (data) => { clientDataHash = sha256(utf8(JSON.stringify(data))); return data; },
      attestationObject: (object) => {
        const authData: unknown = object.get("authData");
        if (!(authData instanceof Uint8Array)) throw new Error("no authenticator data");
        return object.set("fmt", format).set("attStmt", statement(Uint8Array.from(authData), clientDataHash));
      },
    },
    metadata: metadata(root.certificate),
  });
  return verdict;
}

/** A certificate for the key of the credential itself. */
function forCredential(authData: Uint8Array<ArrayBuffer>, issuer: Authority, ...extensions: ExtensionSpec[]): Uint8Array {
  const { credentialPublicKey = new Uint8Array() } = parseAuthenticatorData(authData);
  const spki = sequence(sequence(oid("1.2.840.10045.2.1"), oid("1.2.840.10045.3.1.7")), bitString(convertCOSEtoPKCS(credentialPublicKey)));
  return leaf(issuer, { spki, extensions: [basicConstraints(false), ...extensions] });
}

test("an address in a stranger's certificate is not fetched", async () => {
  const fetched = vi.spyOn(globalThis, "fetch").mockRejectedValue(new Error("no network in tests"));
  const verdict = await registerWith("android-key", (authData, clientDataHash) => {
    const description = sequence(integer(3), enumerated(1), integer(4), enumerated(1), octetString(clientDataHash), octetString(), sequence(), sequence());
    const address = ia5String("http://169.254.169.254/crl", context(6));
    const baited = forCredential(
      authData,
      stranger,
      { oid: "1.3.6.1.4.1.11129.2.1.17", critical: false, value: description },
      { oid: "2.5.29.31", critical: false, value: sequence(sequence(explicit(0, explicit(0, address)))) },
    );
    return new Map<string, unknown>([["alg", -7], ["sig", Uint8Array.of(1)], ["x5c", [baited, stranger.certificate]]]);
  });
  expect(fetched).not.toHaveBeenCalled();
  expect(verdict).toMatchObject({ valid: true, value: { attestation: "none" } });
});

test.each([
  ["a listed root", root, "verified"],
  ["a stranger", stranger, "self"],
])("an apple attestation under %s is judged by metadata, not by the library's own root", async (_name, issuer, worth) => {
  const verdict = await registerWith("apple", (authData, clientDataHash) => {
    const nonce = sha256(concatBytes(authData, clientDataHash));
    const certificate = forCredential(authData, issuer, { oid: "1.2.840.113635.100.8.2", critical: false, value: sequence(explicit(1, octetString(nonce))) });
    return new Map<string, unknown>([["x5c", [certificate]]]);
  });
  expect(verdict).toMatchObject({ valid: true, value: { attestation: worth } });
});

test.each([
  ["an authority's certificate as the authenticator's", [intermediate.certificate], false],
  ["an issuer of the right key and another name", [leaf(root, { issuer: stranger.subject })], false],
  ["an issuer of the right name and key", [leaf(root)], true],
  ["nothing", [], false],
  ["something that is no list", "x5c", false],
  ["text for a certificate", ["certificate"], false],
])("a path of %s", (_name, x5c, expected) => {
  expect(chainsToRoot(x5c, [root.certificate], now)).toBe(expected);
});
