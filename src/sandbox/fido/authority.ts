import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { utf8 } from "../../bytes.ts";
import { SANDBOX_MARKER } from "../../jpki/sandbox-marker.ts";
import { keyPurposeOid } from "../../pki/oid.ts";
import { makePrivateDirectory, writeFileAtomically } from "../jlis/ca/files.ts";
import { generateRsaKey, KeyDirectory, publicKeyBits, publicKeyOf } from "../jlis/ca/keys.ts";
import { buildCertificate } from "../jlis/x509/certificate.ts";
import * as der from "../jlis/x509/der.ts";
import * as extensions from "../jlis/x509/extensions.ts";
import { name, type NameAttribute } from "../jlis/x509/name.ts";
import { oid } from "../jlis/x509/object-identifiers.ts";

/** A private key with its certificate and those above it, the own one first (DER). */
export interface CertifiedKey {
  readonly privateKey: KeyObject;
  readonly x5c: readonly Uint8Array[];
}

/** The one authority of the stand-in for the FIDO Alliance: it certifies who signs the BLOB, and makers' batches. */
export interface FidoAuthority {
  /** DER. */
  readonly certificate: Uint8Array;
  /** A fresh key for whoever signs the BLOB under this DNS name. */
  certifySigner(host: string): Promise<CertifiedKey>;
  /** A fresh key for a batch of authenticators (WebAuthn 8.2.1). */
  certifyBatch(model: string): Promise<CertifiedKey>;
  /** A root that ends the path of certificates that another key has issued. */
  crossCertify(subject: readonly NameAttribute[], publicKey: Uint8Array): Promise<Uint8Array>;
}

const year = 365 * 24 * 60 * 60;
const subject: readonly NameAttribute[] = [["C", "JP"], ["O", SANDBOX_MARKER], ["CN", "FIDO metadata stand-in"]];

/** Opens the authority kept in `directory`, or makes one there, valid for 20 years from `now` (seconds). */
export async function openFidoAuthority(directory: string, now: number): Promise<FidoAuthority> {
  await makePrivateDirectory(directory);
  const keys = new KeyDirectory(path.join(directory, "keys"));
  const file = path.join(directory, "authority.der");
  const kept = await readFile(file).catch(() => null);
  if (kept === null) await keys.save("authority", await generateRsaKey());
  const privateKey = await keys.load("authority");
  const publicKey = publicKeyOf(privateKey);
  const keyIdentifier = extensions.keyIdentifierOf(publicKeyBits(publicKey));
  const facts: extensions.IssuerFacts = { name: name(subject), certificateIssuer: name(subject), serial: 1, keyIdentifier };
  const validity = { notBefore: now - year, notAfter: now + 20 * year };
  let serial = 1;

  const authorityOf = (own: Uint8Array, spki: Uint8Array, identifier: Uint8Array): Promise<Uint8Array> =>
    buildCertificate({
      serial: 1, issuer: own, subject: own, ...validity, publicKey: spki,
      extensions: [extensions.subjectKeyIdentifier(identifier), extensions.keyUsage(extensions.keyUsageBit.keyCertSign), extensions.authorityConstraints()],
    }, privateKey);
  const certificate = kept ?? (await authorityOf(facts.name, publicKey, keyIdentifier));
  if (kept === null) await writeFileAtomically(file, certificate);

  async function certify(holder: readonly NameAttribute[], more: readonly Uint8Array[]): Promise<CertifiedKey> {
    const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const spki = publicKeyOf(pair.privateKey);
    serial += 1;
    const leaf = await buildCertificate({
      serial, issuer: facts.name, subject: name(holder), ...validity, publicKey: spki,
      extensions: [
        extensions.subjectKeyIdentifier(extensions.keyIdentifierOf(publicKeyBits(spki))),
        extensions.authorityKeyIdentifier(facts),
        extensions.keyUsage(extensions.keyUsageBit.digitalSignature),
        ...more,
      ],
    }, privateKey);
    return { privateKey: pair.privateKey, x5c: [leaf] };
  }

  return {
    certificate,
    certifySigner: (host) =>
      certify([["C", "JP"], ["CN", host]], [extensions.extendedKeyUsage(keyPurposeOid.serverAuth), extensions.subjectAltName(der.contextPrimitive(2, utf8(host)))]),
    certifyBatch: (model) =>
      certify([["C", "JP"], ["O", SANDBOX_MARKER], ["OU", "Authenticator Attestation"], ["CN", model]], [extensions.extension(oid.basicConstraints, der.sequence(), true)]),
    crossCertify: (holder, spki) => authorityOf(name(holder), spki, extensions.keyIdentifierOf(publicKeyBits(Uint8Array.from(spki)))),
  };
}
