import { X509Certificate } from "node:crypto";

/** Certificates an attestation may bring, the authenticator's own included. */
const longestPath = 5;

/**
 * Whether the certificates of an attestation statement, each issued by the next, lead to one of the roots.
 * `x5c` is unchecked CBOR; `roots` are DER; `now` in seconds. FIDO metadata may list the authenticator's
 * own certificate as a root (FIDO Metadata Statement 3.7), which is accepted when it stands alone.
 */
export function chainsToRoot(x5c: unknown, roots: readonly Uint8Array[], now: number): boolean {
  if (!Array.isArray(x5c) || x5c.length === 0 || x5c.length > longestPath) return false;
  try {
    const path = x5c.map((der: unknown) => new X509Certificate(octets(der)));
    const anchors = roots.map((der) => new X509Certificate(der));
    const last = path.at(-1);
    if (last === undefined || !path.every((certificate) => isWithinValidity(certificate, now))) return false;
    if (path.length === 1 && anchors.some((anchor) => anchor.raw.equals(last.raw))) return true;
    return (
      path[0]?.ca === false &&
      path.every((certificate, index) => index === path.length - 1 || isIssuedBy(certificate, path[index + 1])) &&
      anchors.some((anchor) => isWithinValidity(anchor, now) && (isIssuedBy(last, anchor) || anchor.raw.equals(last.raw)))
    );
  } catch {
    return false;
  }
}

function octets(der: unknown): Uint8Array {
  if (der instanceof Uint8Array) return der;
  throw new TypeError("not a certificate");
}

function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate | undefined): boolean {
  return issuer !== undefined && issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

const isWithinValidity = (certificate: X509Certificate, now: number): boolean =>
  certificate.validFromDate.getTime() <= now * 1000 && now * 1000 <= certificate.validToDate.getTime();
