import { nameText } from "../pki/name.ts";
import { type Certificate, parseCertificate } from "../pki/certificate.ts";
import { orThrow, Refusal, type Verdict } from "../errors.ts";
import { basicAttributes, type EnrolmentStatement, type JpkiCertificate, type JpkiProfile, verifyJpkiCertificate, verifyProof } from "../jpki/index.ts";
import type { CertificateReference, VerifiedCertificate } from "../people/index.ts";
import type { EnrolmentPorts } from "./ports.ts";

/** A certificate in DER, and the statement signed by its key. */
export interface Signed {
  readonly certificate: Uint8Array;
  readonly signature: Uint8Array;
}

/** A certificate whose holder signed the statement, and what is to be said of it besides. */
export interface HeldCertificate {
  readonly leaf: Certificate;
  readonly verdict: Verdict<JpkiCertificate>;
  /** Seconds since the epoch at which it was judged. */
  readonly judgedAt: number;
}

/**
 * 04 step 5, first half: proof of possession. It comes before anything that is wrong with the
 * certificate is told, so that its state is told to nobody but its holder; the path is judged in the
 * same breath, so that nobody learns of it from how long the answer takes.
 * @throws Refusal `proof_invalid`, `proof_algorithm_refused`, and those of `parseCertificate`.
 */
export function checkPossession(ports: EnrolmentPorts, statement: EnrolmentStatement, proof: Signed, profile: JpkiProfile): HeldCertificate {
  const judgedAt = ports.clock();
  const leaf = orThrow(parseCertificate(proof.certificate));
  const verdict = verifyJpkiCertificate({ certificate: leaf.der, anchors: ports.anchors, profile, policies: ports.policies[profile.use], time: judgedAt });
  orThrow(verifyProof({ statement, certificate: { certificate: leaf, profile }, signature: proof.signature }));
  return { leaf, verdict, judgedAt };
}

/**
 * 04 step 5, second half: path, profile, policy and validity, then status; all of the same leaf.
 * @param asksIssuer whether its issuer is asked which certificate it replaces, where nobody is known by it.
 * @throws Refusal with the code of the first check that failed.
 */
export async function checkCertificate(ports: EnrolmentPorts, { verdict, judgedAt }: HeldCertificate, asksIssuer: boolean): Promise<VerifiedCertificate> {
  const { certificate, issuer, profile, medium, policy, notAfter } = orThrow(verdict);
  // Presented for what it states of its holder: one that states it in no known form is refused.
  if (profile.use === "signature") orThrow(basicAttributes(certificate));
  const status = orThrow(await ports.status.check({ certificate, issuer }, judgedAt, { maximumAge: 0 }));
  if (status.status === "revoked") throw new Refusal("certificate_revoked", `revoked, by ${status.source} (${statusRule})`);
  if (status.status === "hold") throw new Refusal("certificate_on_hold", `on hold, by ${status.source} (${statusRule})`);
  if (status.status === "unknown") throw new Refusal("certificate_unknown", `unknown, by ${status.source} (${statusRule})`);
  const reference = referenceOf(certificate);
  return {
    reference,
    der: certificate.der,
    facts: {
      kind: kinds[profile.use], medium, policy, issuer: nameText(certificate.issuer), verifiedAt: judgedAt, expiresAt: notAfter,
      status: { status: "good", source: status.source, thisUpdate: status.thisUpdate, checkedAt: status.checkedAt },
    },
    statusAnswer: status.answer,
    // The person of a signature certificate is that of the authentication certificate beside it.
    predecessor: !asksIssuer || profile.use === "signature" ? null : await predecessorOf(ports, reference),
  };
}

/** One that somebody is known by stays theirs, whatever its issuer would say: an outage there is then nothing to wait for. */
async function predecessorOf({ continuity, storage }: EnrolmentPorts, reference: CertificateReference): Promise<CertificateReference | null> {
  if (continuity === null) return null;
  const certificateDigests = storage.sealing.lookUpDigests(reference.issuer, reference.serialNumber);
  return (await storage.read.evidence.count({ where: { certificateDigest: { in: [...certificateDigests] } } })) > 0 ? null : continuity(reference);
}

const kinds = { userAuthentication: "jpki_user_authentication", signature: "jpki_signature" } as const;

const statusRule = "RFC 5280 6.1.3 (a)(3)";

/** By what a certificate is found. */
export const referenceOf = ({ issuer, serialNumber }: Certificate): VerifiedCertificate["reference"] => ({ issuer: issuer.der, serialNumber });
