import { type OcspVerification, verifyOcspResponse } from "../../src/pki/ocsp-response.ts";
import { makeAuthority, now } from "../certificates/authority.ts";
import { jpkiAuthority, jpkiCertificate } from "../certificates/jpki.ts";
import { testKey } from "../certificates/keys.ts";
import { buildOcspResponse, byName, certIdDer, nonceExtension, type OcspSpec, parsed, responderCertificate, responderKey, responderName } from "../certificates/ocsp-factory.ts";

/** One authority, one person's certificate, one responder: what every OCSP case starts from. */

export const authority = jpkiAuthority();
export const leaf = jpkiCertificate();
export const certId = certIdDer(leaf, authority.certificate);
export const nonce = Uint8Array.from({ length: 32 }, (_, index) => index + 1);
/** The same name as the authority, another key. */
export const lookAlike = makeAuthority({ subject: authority.subject, key: testKey("rsa-2048", "look-alike") });

/** A right answer by the delegated responder, but for what is overridden. */
export function delegatedAnswer(overrides: Partial<OcspSpec> = {}): Uint8Array<ArrayBuffer> {
  return buildOcspResponse({
    signer: responderKey(),
    responderId: byName(responderName),
    responses: [{ certId }],
    extensions: [nonceExtension(nonce)],
    certificates: [responderCertificate(authority)],
    ...overrides,
  });
}

/** A right answer signed by the authority itself, without certificates. */
export function authorityAnswer(overrides: Partial<OcspSpec> = {}): Uint8Array<ArrayBuffer> {
  return delegatedAnswer({ signer: authority.key, responderId: byName(authority.subject), certificates: [], ...overrides });
}

export type Judging = Partial<Omit<OcspVerification, "response">>;

/** The status, or the code of the refusal. */
export function judge(response: Uint8Array, options: Judging = {}): string {
  const verdict = verifyOcspResponse({
    response,
    certificate: parsed(leaf),
    issuer: parsed(authority.certificate),
    time: now,
    nonce,
    nonceRequired: true,
    maximumAge: null,
    ...options,
  });
  return verdict.valid ? verdict.value.status : verdict.code;
}
