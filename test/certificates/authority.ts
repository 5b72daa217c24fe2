import { der, tag } from "./der-writer.ts";
import { buildCertificate, type CertificateSpec, keyIdentifierOf } from "./certificate.ts";
import { authorityKeyIdentifier, basicConstraints, type ExtensionSpec, keyUsage, subjectKeyIdentifier } from "./extensions.ts";
import { testKey, type TestKey } from "./keys.ts";
import { name } from "./names.ts";

/** A certification authority of a test: its certificate and the key behind it. */
export interface Authority {
  readonly certificate: Uint8Array;
  readonly key: TestKey;
  /** DER of its name. */
  readonly subject: Uint8Array;
  readonly keyIdentifier: Uint8Array;
  /** Issuer name (DER) and serial number (contents octets) of its own certificate. */
  readonly issuerAndSerial: { readonly issuer: Uint8Array; readonly serialNumber: Uint8Array };
}

/** The time at which tests look at certificates: 2026-06-01T00:00:00Z. */
export const now = Date.UTC(2026, 5, 1) / 1000;
export const year = 365 * 86_400;

interface AuthorityOptions extends Partial<Omit<CertificateSpec, "signer">> {
  readonly key?: TestKey;
  /** Who issues the authority's certificate; itself when left out. */
  readonly by?: Authority;
}

/** Makes an authority: self-signed, or below another. */
export function makeAuthority(options: AuthorityOptions = {}): Authority {
  const { key = testKey("p256", "authority"), by, ...overrides } = options;
  const subject = overrides.subject ?? name(["C", "JP"], ["O", "Test"], ["CN", "Authority"]);
  const keyIdentifier = keyIdentifierOf(key);
  const issuer = overrides.issuer ?? by?.subject ?? subject;
  const serialNumber = Uint8Array.of(0x11);
  const certificate = buildCertificate({
    serialNumber: der(tag.integer, serialNumber),
    issuer,
    subject,
    notBefore: now - 5 * year,
    notAfter: now + 5 * year,
    spki: key.spki,
    extensions: authorityExtensions(keyIdentifier, by),
    ...overrides,
    signer: by?.key ?? key,
  });
  return { certificate, key, subject, keyIdentifier, issuerAndSerial: { issuer, serialNumber } };
}

/** What an authority's certificate carries; `pathLength` as in basicConstraints. */
export function authorityExtensions(keyIdentifier: Uint8Array, by?: Authority, pathLength?: number): readonly ExtensionSpec[] {
  return [
    subjectKeyIdentifier(keyIdentifier),
    ...(by === undefined ? [] : [authorityKeyIdentifier(by.keyIdentifier)]),
    keyUsage("keyCertSign", "cRLSign"),
    basicConstraints(true, pathLength),
  ];
}
