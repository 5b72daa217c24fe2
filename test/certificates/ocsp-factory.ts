import { sha1, sha256 } from "../../src/pki/digest.ts";
import { type Certificate, parseCertificate } from "../../src/pki/certificate.ts";
import { digestOid } from "../../src/pki/oid.ts";
import { type Authority, now } from "./authority.ts";
import { buildCertificate, type CertificateSpec } from "./certificate.ts";
import { bitString, context, contextConstructed, der, enumerated, explicit, generalizedTime, nullValue, octetString, oid, sequence, tag } from "./der-writer.ts";
import { encodeExtension, extendedKeyUsage, type ExtensionSpec, keyUsage } from "./extensions.ts";
import { type SignatureScheme, signBy, testKey, type TestKey, usualScheme } from "./keys.ts";
import { name } from "./names.ts";

/** Builds OCSP answers (RFC 6960 4.2.1) from a description; any field can be replaced by octets of the test's choice. */

export interface SingleSpec {
  /** DER of the CertID. */
  readonly certId: Uint8Array;
  /** DER of the CertStatus. */
  readonly status?: Uint8Array;
  /** Epoch seconds; `null` leaves nextUpdate out. */
  readonly thisUpdate?: number;
  readonly nextUpdate?: number | null;
  readonly extensions?: readonly ExtensionSpec[];
}

export interface OcspSpec {
  readonly signer: TestKey;
  /** DER of the ResponderID. */
  readonly responderId: Uint8Array;
  readonly producedAt?: number;
  readonly responses: readonly SingleSpec[];
  readonly extensions?: readonly ExtensionSpec[];
  /** DER of certificates sent along. */
  readonly certificates?: readonly Uint8Array[];
  readonly scheme?: SignatureScheme;
  /** OCSPResponseStatus; 0 is successful. */
  readonly responseStatus?: number;
  /** DER put before responderID. */
  readonly version?: Uint8Array;
}

export const good = der(context(0));
export const unknown = der(context(2));
/** `reason` as the number of the CRLReason. */
export const revoked = (at: number, reason?: number): Uint8Array =>
  der(contextConstructed(1), generalizedTime(at), ...(reason === undefined ? [] : [explicit(0, enumerated(reason))]));

export const byName = (subject: Uint8Array) => explicit(1, subject);
export const byKey = (certificate: Uint8Array) => explicit(2, octetString(sha1(parsed(certificate).publicKey.keyBits)));

export const nonceExtension = (nonce: Uint8Array, critical = false): ExtensionSpec => ({
  oid: "1.3.6.1.5.5.7.48.1.2",
  critical,
  value: octetString(nonce),
});

/** The parsed form of a certificate that a test made. */
export function parsed(certificate: Uint8Array): Certificate {
  const verdict = parseCertificate(certificate);
  if (!verdict.valid) throw new Error(`${verdict.code} ${verdict.at}`);
  return verdict.value;
}

interface CertIdOverrides {
  readonly hash?: "sha1" | "sha256";
  readonly nameHash?: Uint8Array;
  readonly keyHash?: Uint8Array;
  readonly serialNumber?: Uint8Array;
  readonly algorithm?: string;
}

/** DER of the CertID of a certificate and its issuer. */
export function certIdDer(certificate: Uint8Array, issuer: Uint8Array, overrides: CertIdOverrides = {}): Uint8Array {
  const digest = overrides.hash === "sha256" ? sha256 : sha1;
  const algorithm = overrides.algorithm ?? (overrides.hash === "sha256" ? digestOid.sha256 : digestOid.sha1);
  return sequence(
    sequence(oid(algorithm), nullValue()),
    octetString(overrides.nameHash ?? digest(parsed(certificate).issuer.der)),
    octetString(overrides.keyHash ?? digest(parsed(issuer).publicKey.keyBits)),
    der(tag.integer, overrides.serialNumber ?? parsed(certificate).serialNumber),
  );
}

/** DER of the OCSPResponse. */
export function buildOcspResponse(spec: OcspSpec): Uint8Array<ArrayBuffer> {
  const { scheme = usualScheme(spec.signer.kind), extensions = [], certificates = [] } = spec;
  const tbs = sequence(
    spec.version ?? new Uint8Array(),
    spec.responderId,
    generalizedTime(spec.producedAt ?? now - 10),
    sequence(...spec.responses.map(singleResponse)),
    ...extensionsIn(1, extensions),
  );
  const basic = sequence(
    tbs,
    scheme.algorithm,
    bitString(signBy(spec.signer, tbs, scheme)),
    ...(certificates.length === 0 ? [] : [explicit(0, sequence(...certificates))]),
  );
  return responseOf(basic, spec.responseStatus);
}

function responseOf(basic: Uint8Array, responseStatus = 0): Uint8Array<ArrayBuffer> {
  return sequence(enumerated(responseStatus), explicit(0, sequence(oid("1.3.6.1.5.5.7.48.1.1"), octetString(basic))));
}

function singleResponse({ certId, status = good, thisUpdate = now - 10, nextUpdate = now + 600, extensions = [] }: SingleSpec): Uint8Array {
  const next = nextUpdate === null ? [] : [explicit(0, generalizedTime(nextUpdate))];
  return sequence(certId, status, generalizedTime(thisUpdate), ...next, ...extensionsIn(1, extensions));
}

function extensionsIn(number: number, extensions: readonly ExtensionSpec[]): readonly Uint8Array[] {
  return extensions.length === 0 ? [] : [explicit(number, sequence(...extensions.map(encodeExtension)))];
}

export const responderName = name(["C", "JP"], ["O", "Test"], ["CN", "OCSP Responder"]);
export const responderKey = (): TestKey => testKey("p256", "ocsp responder");
export const responderExtensions: readonly ExtensionSpec[] = [
  keyUsage("digitalSignature"),
  extendedKeyUsage("ocspSigning"),
  { oid: "1.3.6.1.5.5.7.48.1.5", critical: false, value: nullValue() },
];

/** A delegated responder's certificate by the authority, right but for what is overridden. */
export function responderCertificate(by: Authority, overrides: Partial<CertificateSpec> = {}): Uint8Array<ArrayBuffer> {
  return buildCertificate({
    serialNumber: 9001,
    issuer: by.subject,
    subject: responderName,
    notBefore: now - 86_400,
    notAfter: now + 30 * 86_400,
    spki: responderKey().spki,
    extensions: responderExtensions,
    signer: by.key,
    ...overrides,
  });
}
