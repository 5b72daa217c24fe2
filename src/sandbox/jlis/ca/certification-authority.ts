import type { KeyObject } from "node:crypto";
import { buildCertificate } from "../x509/certificate.ts";
import { keyIdentifierOf } from "../x509/extensions.ts";
import type { IssuerFacts } from "../x509/extensions.ts";
import { publicKeyBits, publicKeyOf } from "./keys.ts";
import { authorityExtensions, authorityName, certificateUses } from "./profile.ts";
import type { CertificateUse } from "./profile.ts";
import { generations } from "./state.ts";
import type { Generation } from "./state.ts";

export type AuthorityId = `${CertificateUse}-${Generation}`;

export const authorityId = (use: CertificateUse, generation: Generation): AuthorityId => `${use}-${generation}`;

/** Every authority of the stand-in: two uses, two generations each, valid side by side. */
export const authorityKinds = certificateUses.flatMap((use) => generations.map((generation) => ({ use, generation })));

/** One generation of one authority, ready to sign. */
export interface CertificationAuthority {
  readonly id: AuthorityId;
  readonly use: CertificateUse;
  readonly generation: Generation;
  /** DER. */
  readonly certificate: Uint8Array<ArrayBuffer>;
  readonly facts: IssuerFacts;
  /** Subject public key bits, as CertID hashes them (RFC 6960 4.1.1). */
  readonly publicKeyBits: Uint8Array;
  readonly privateKey: KeyObject;
}

/** The authority that a key and a certificate make. */
export function assembleAuthority(
  use: CertificateUse,
  generation: Generation,
  certificate: Uint8Array<ArrayBuffer>,
  privateKey: KeyObject,
): CertificationAuthority {
  const bits = publicKeyBits(publicKeyOf(privateKey));
  return {
    id: authorityId(use, generation),
    use,
    generation,
    certificate,
    facts: authorityFacts(use, generation, bits),
    publicKeyBits: bits,
    privateKey,
  };
}

/** Self-signs an authority's certificate, valid between two times in seconds since the epoch. */
export async function signAuthorityCertificate(
  use: CertificateUse,
  generation: Generation,
  privateKey: KeyObject,
  validity: { readonly notBefore: number; readonly notAfter: number },
): Promise<Uint8Array<ArrayBuffer>> {
  const publicKey = publicKeyOf(privateKey);
  const facts = authorityFacts(use, generation, publicKeyBits(publicKey));
  return buildCertificate(
    {
      serial: facts.serial,
      issuer: facts.name,
      subject: facts.name,
      ...validity,
      publicKey,
      extensions: authorityExtensions(facts.keyIdentifier),
    },
    privateKey,
  );
}

function authorityFacts(use: CertificateUse, generation: Generation, bits: Uint8Array): IssuerFacts {
  // Both generations issue under one name, so their own serials must differ too.
  const name = authorityName(use);
  return { name, certificateIssuer: name, serial: generation, keyIdentifier: keyIdentifierOf(bits) };
}
