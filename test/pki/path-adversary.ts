import type { PathRequest } from "../../src/pki/path.ts";
import { authorityExtensions, makeAuthority, now, year } from "../certificates/authority.ts";
import { buildCertificate, keyIdentifierOf, withExtensions } from "../certificates/certificate.ts";
import { directoryName, dns, ip, mailbox, nameConstraints, policies as certificatePolicies, policyMappings, subjectAltName, uri } from "../certificates/constraints.ts";
import { generateKeyPairSync } from "node:crypto";
import { authorityKeyIdentifier, basicConstraints, type ExtensionSpec, keyUsage } from "../certificates/extensions.ts";
import { testKey, type TestKey } from "../certificates/keys.ts";
import { name } from "../certificates/names.ts";
import { rsaSpki } from "../certificates/weak-keys.ts";

/** Requests that make as much work as the limits let them: every certificate is made by whoever asks. */

/** As many items as fit beside what a certificate has anyway, in octets and in values of DER. */
function filled<Item>(make: (index: number) => Item, octetsEach: number, valuesEach: number): readonly Item[] {
  return Array.from({ length: Math.floor(Math.min(15_500 / octetsEach, 4000 / valuesEach)) }, (_, index) => make(index));
}

const label = (index: number): string => index.toString(36).padStart(3, "0");
const arc = (index: number): string => `1.2.${128 + index}`;
const names = {
  dns: filled((index) => dns(`${label(index)}.jp`), 8, 1),
  mailboxes: filled((index) => mailbox(`${label(index)}@a.jp`), 10, 1),
  longMailboxes: filled((index) => mailbox(`${"a".repeat(2000)}${label(index)}@a.jp`), 2020, 1),
  uris: filled((index) => uri(`a://${label(index)}`), 9, 1),
  addresses: filled((index) => ip(10, 0, index >> 8, index & 0xff), 6, 1),
  directory: filled((index) => directoryName(name(["CN", label(index)])), 20, 6),
  longDirectory: filled((index) => directoryName(name(["CN", `${"ａ".repeat(1200)}${label(index)}`])), 3640, 6),
};
const bases: { readonly [Form in keyof typeof names]: readonly Uint8Array[] } = {
  dns: filled((index) => dns(`z${label(index)}.jp`), 11, 2),
  mailboxes: filled((index) => mailbox(`z${label(index)}@a.jp`), 13, 2),
  longMailboxes: filled((index) => mailbox(`${"a".repeat(2000)}z${label(index)}@a.jp`), 2020, 2),
  uris: filled((index) => uri(`z${label(index)}`), 8, 2),
  addresses: filled((index) => ip(11, 0, index >> 8, index & 0xff, 255, 255, 255, 255), 12, 2),
  directory: filled((index) => directoryName(name(["CN", `z${label(index)}`])), 22, 7),
  longDirectory: filled((index) => directoryName(name(["CN", `${"ａ".repeat(1200)}z${label(index)}`])), 3640, 7),
};

const half = <Item>(items: readonly Item[]): readonly Item[] => items.slice(0, Math.floor(items.length / 2));
const policies = filled(arc, 9, 2);
const mappings = filled((index) => [arc(index), arc(index + 1)] as const, 14, 3);
export const fillings: Readonly<Record<string, readonly ExtensionSpec[]>> = {
  nothing: [],
  policies: [certificatePolicies(...policies)],
  "policies and mappings": [certificatePolicies(...half(policies)), policyMappings(...half(mappings))],
  "policies all mapped from one": [certificatePolicies(...half(policies)), policyMappings(...half(mappings).map(([, to]) => [arc(0), to] as const))],
  ...Object.fromEntries((Object.keys(names) as readonly (keyof typeof names)[]).map((form) => [
    `names and constraints: ${form}`, [nameConstraints({ excluded: half(bases[form]) }), subjectAltName(...half(names[form]))],
  ])),
};

const layers = 8;
const twins = 3;

/**
 * Layers of authorities, each three times with one key: as many paths as there are choices, all of whose
 * signatures hold. The leaf has expired, so that the search goes on.
 */
export function manyPaths(filling: readonly ExtensionSpec[]): PathRequest {
  const keyOf = (layer: number): TestKey => testKey("p256", `layer ${layer}`);
  const plain = filling.filter(({ oid }) => oid !== "2.5.29.17");
  const root = makeAuthority({ subject: name(["CN", "layer 0"]), key: keyOf(0), extensions: withExtensions(authorityExtensions(keyIdentifierOf(keyOf(0))), ...plain) });
  let above = root;
  const intermediates: Uint8Array[] = [];
  for (let layer = 1; layer <= layers; layer += 1) {
    const by = above;
    const key = keyOf(layer);
    const extensions = withExtensions(authorityExtensions(keyIdentifierOf(key), by), ...filling);
    const made = Array.from({ length: twins }, (_, twin) => makeAuthority({ subject: name(["CN", `layer ${layer}`]), key, by, serialNumber: twin + 1, extensions }));
    intermediates.push(...made.map(({ certificate }) => certificate));
    above = made[0] ?? root;
  }
  const certificate = buildCertificate({
    issuer: above.subject, subject: name(["CN", "leaf"]), notBefore: now - year, notAfter: now - 1, spki: testKey("p256", "leaf").spki,
    extensions: withExtensions([authorityKeyIdentifier(above.keyIdentifier)], ...filling.filter(({ oid }) => oid !== "2.5.29.30" && oid !== "2.5.29.33")), signer: above.key,
  });
  return { certificate, intermediates, trustAnchors: [root.certificate], time: now };
}

/** 64 authorities of one name and one kind of key, or as many large ones as are read; none of them signed the certificate. */
export function manyKeys(spkiOf: (index: number) => Uint8Array, signature: { readonly signer: TestKey; readonly sign?: (tbs: Uint8Array) => Uint8Array }, filling: readonly ExtensionSpec[] = []): PathRequest {
  const root = makeAuthority({ subject: name(["CN", "root"]), key: testKey("p256", "root") });
  const extensions = withExtensions([basicConstraints(true), keyUsage("keyCertSign")], ...filling);
  const intermediates = Array.from({ length: filling.length === 0 ? 64 : 36 }, (_, index) =>
    makeAuthority({ subject: name(["CN", "twin"]), key: testKey("p256", "twin"), spki: spkiOf(index), by: root, serialNumber: index + 1, extensions }).certificate);
  const certificate = buildCertificate({ issuer: name(["CN", "twin"]), subject: name(["CN", "leaf"]), notBefore: now - year, notAfter: now + year, spki: testKey("p256", "leaf").spki, extensions: filling, ...signature });
  return { certificate, intermediates, trustAnchors: [root.certificate], time: now };
}

/** An RSA key of this length with a modulus that nobody knows the factors of. */
export function rsaSpkiOf(bits: number, exponent: bigint, index: number): Uint8Array {
  const modulus = (1n << BigInt(bits)) - 1n - 2n * BigInt(index * 1000 + bits);
  return rsaSpki(modulus, exponent);
}

/** 32 authorities of one name, each certified by the next, the last by the first: everyone may have issued everyone. */
export function ring(filling: readonly ExtensionSpec[] = []): PathRequest {
  const root = makeAuthority({ subject: name(["CN", "root"]), key: testKey("p256", "root") });
  const keys = Array.from({ length: 32 }, (_, index) => testKey("p256", `ring ${index}`));
  const subject = name(["CN", "ring"]);
  const extensions = withExtensions([basicConstraints(true), keyUsage("keyCertSign")], ...filling);
  const members = keys.map((key, index) => ({ key, certificate: buildCertificate({
    serialNumber: index + 1, issuer: subject, subject, notBefore: now - year, notAfter: now + year, spki: key.spki, extensions, signer: keys[(index + 1) % keys.length] ?? key,
  }) }));
  const certificate = buildCertificate({
    issuer: subject, subject: name(["CN", "leaf"]), notBefore: now - year, notAfter: now + year, spki: testKey("p256", "leaf").spki, extensions: filling, signer: keys[0] ?? testKey("p256"),
  });
  return { certificate, intermediates: members.map((member) => member.certificate), trustAnchors: [root.certificate], time: now };
}

/** The key alone matters: signatures of its length that do not hold. */
export const signatureOf = (octets: number) => ({ signer: testKey("rsa-2048", "nobody"), sign: () => new Uint8Array(octets).fill(0x55) });

export const freshSpki = (namedCurve: "P-256" | "P-384" | "P-521"): Uint8Array =>
  Uint8Array.from(generateKeyPairSync("ec", { namedCurve }).publicKey.export({ type: "spki", format: "der" }));
