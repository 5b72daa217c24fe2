import type { KeyObject } from "node:crypto";
import { toBase64Url } from "../../../bytes.ts";
import type { CertificationAuthority } from "../ca/certification-authority.ts";
import type { AuthorityUrls } from "../ca/issuance.ts";
import { publicKeyBits, publicKeyOf } from "../ca/keys.ts";
import { authorityExtensions, forgedAuthorityName, subscriberExtensions, subscriberName } from "../ca/profile.ts";
import { YEAR } from "../ca/validity.ts";
import { buildCertificate } from "../x509/certificate.ts";
import { authorityKeyIdentifier, keyIdentifierOf } from "../x509/extensions.ts";
import { people } from "./people.ts";
import { persona } from "./personas.ts";

/** base64url DER. */
export interface ForgedCertificates {
  readonly authority: string;
  readonly certificate: string;
}

/**
 * A certificate that is right in every field and was signed by an authority between J-LIS and the
 * person. The real key signed that authority, so the path holds by RFC 5280; only the rule that JPKI
 * has one tier refuses it. J-LIS knows neither serial: the OCSP responder answers for none of them.
 */
export async function forgeCertificate(
  pinned: CertificationAuthority,
  authorityKey: KeyObject,
  publicKey: Uint8Array<ArrayBuffer>,
  urls: AuthorityUrls,
  firstSerial: number,
  now: number,
): Promise<ForgedCertificates> {
  const authorityPublicKey = publicKeyOf(authorityKey);
  const issuer = {
    name: forgedAuthorityName(),
    certificateIssuer: pinned.facts.name,
    serial: firstSerial,
    keyIdentifier: keyIdentifierOf(publicKeyBits(authorityPublicKey)),
  };
  const validity = { notBefore: now - YEAR / 2, notAfter: now + 4 * YEAR };
  const authority = await buildCertificate(
    {
      serial: issuer.serial,
      issuer: pinned.facts.name,
      subject: issuer.name,
      ...validity,
      publicKey: authorityPublicKey,
      extensions: [...authorityExtensions(issuer.keyIdentifier), authorityKeyIdentifier(pinned.facts)],
    },
    pinned.privateKey,
  );
  const holder = people[persona("sub-ca-forgery").person];
  const certificate = await buildCertificate(
    {
      serial: firstSerial + 1,
      issuer: issuer.name,
      subject: subscriberName("0F0E0D0C0B0A09080706050403"),
      ...validity,
      publicKey,
      extensions: subscriberExtensions({
        use: "user-authentication",
        medium: "smartphone",
        municipality: holder.municipality,
        issuer,
        keyIdentifier: keyIdentifierOf(publicKeyBits(publicKey)),
        ocspUrl: urls.ocsp,
        practiceStatementUrl: urls.practiceStatement,
        holder,
      }),
    },
    authorityKey,
  );
  return { authority: toBase64Url(authority), certificate: toBase64Url(certificate) };
}
