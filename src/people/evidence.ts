import type { Continuity, EvidenceFacts } from "../assurance/facts.ts";
import { equalBytes, randomBytes } from "../bytes.ts";
import { Refusal } from "../errors.ts";
import { asIdentifier, type EvidenceId, newIdentifier, type PersonId } from "../identifiers.ts";
import { appendReceipt, requireNotedKeys, type Sealing, toDate, toSeconds, type Transaction } from "../storage/index.ts";
import { changePerson } from "./changes.ts";
import { linkOf, type Presentation, refuseFormer, refuseOwner } from "./presentation.ts";
import { type AnsweredStatus, keptAnswer, type Keeping, maySucceedHold, statusColumns } from "./evidence-status.ts";
import { certificateContext, personOf, personParts, type PersonRecord } from "./records.ts";

/** Identifies a certificate: DER of the issuer's name, contents of the serial number. */
export interface CertificateReference {
  readonly issuer: Uint8Array;
  readonly serialNumber: Uint8Array;
}

/** A certificate that was just verified: proof of possession, path, profile and status. */
export interface VerifiedCertificate {
  readonly reference: CertificateReference;
  readonly der: Uint8Array;
  readonly facts: Omit<EvidenceFacts, "id">;
  /** What its status rests on: see {@link AnsweredStatus}. */
  readonly statusAnswer: AnsweredStatus["answer"];
  /** The certificate it replaces, by the word of its issuer; null when there is none. */
  readonly predecessor: CertificateReference | null;
  /** What the device told of itself, if it did. */
  readonly claimed?: ClaimedDevice | null;
}

/** Which medium the device says it used, and how the person approved: kept for the auditor, believed in nothing. */
export interface ClaimedDevice {
  readonly medium: "card" | "smartphone";
  readonly approval: "pin" | "biometric";
}

/**
 * Finds or creates the person of a verified certificate, in the caller's transaction: by the
 * certificate itself, by continuity, else a new person where there may be one. Two persons are never
 * made one: a certificate stays with whom it was first presented by.
 * @throws Refusal `person_unknown`, `person_mismatch`, `person_on_hold`, `person_erased`,
 *   `certificate_revoked`, `certificate_on_hold`, `earlier_certificate_refused`.
 */
export async function bindEvidence(
  transaction: Transaction,
  keeping: Keeping,
  certificate: VerifiedCertificate,
  presentation: Presentation,
): Promise<{ person: PersonRecord; evidenceId: EvidenceId }> {
  const { reference } = certificate;
  const certificateDigests = keeping.sealing.lookUpDigests(reference.issuer, reference.serialNumber);
  const known = await transaction.data.evidence.findFirst({ where: { certificateDigest: { in: [...certificateDigests] } }, include: { person: true } });
  const link = known === null ? await linkOf(transaction, keeping.sealing, { certificateDigests, predecessor: certificate.predecessor }, presentation) : null;
  if (known === null) await requireNotedKeys(transaction, keeping.sealing);
  const owner = known?.person ?? link?.predecessor.person ?? null;
  refuseOwner(owner, presentation);
  refuseFormer(known, presentation);
  refuseFallen(known, certificate);

  const at = certificate.facts.verifiedAt;
  const personId = owner === null ? newIdentifier<PersonId>() : asIdentifier<PersonId>(owner.id);
  const change = { personId, at, initiator: "user", reason: "certificate_verified", policy: keeping.policy } as const;
  const evidenceId = await changePerson(transaction, change, async () => {
    if (owner === null) await createPerson(transaction, personId, at);
    const place = { personId, certificateDigest: certificateDigests[0], known: known === null ? null : asIdentifier<EvidenceId>(known.id), continuity: link?.continuity ?? null, bringsBack: presentation.bringsBack };
    const id = await saveEvidence(transaction, keeping, certificate, place);
    if (link !== null) await supersede(transaction, { personId, at, before: asIdentifier(link.predecessor.id), by: id });
    return id;
  });
  const row = await transaction.data.person.findUniqueOrThrow({ where: { id: personId }, include: personParts });
  return { person: personOf(row), evidenceId };
}

/** The later certificate speaks for the person from now on, for better or worse. What something else took the place of before stays so. */
async function supersede({ data }: Transaction, { personId, at, before, by }: { personId: PersonId; at: number; before: EvidenceId; by: EvidenceId }): Promise<void> {
  const { count } = await data.evidence.updateMany({ where: { id: before, supersededById: null }, data: { supersededById: by } });
  if (count === 1) await appendReceipt(data, { kind: "evidence_superseded", at, personId, detail: { evidence: before, by } });
}

/**
 * What is on record of a certificate stands, whatever a source says today: a revocation for ever, a hold
 * until it was lifted later.
 * @throws Refusal `certificate_revoked`, `certificate_on_hold`.
 */
export function refuseFallen(known: { readonly status: string; readonly statusThisUpdate: Date } | null, certificate: VerifiedCertificate): void {
  if (known?.status === "revoked") throw new Refusal("certificate_revoked", "revoked, on record");
  if (known?.status === "hold" && !maySucceedHold(certificate.facts.status, toSeconds(known.statusThisUpdate))) {
    throw new Refusal("certificate_on_hold", "on hold, on record");
  }
}

/** Writes down that a certificate was verified, for the first time or again, with its receipt. */
export async function saveEvidence(
  transaction: Transaction,
  keeping: Keeping,
  certificate: VerifiedCertificate,
  { personId, known, certificateDigest, continuity, bringsBack = true }: { personId: PersonId; known: EvidenceId | null; certificateDigest: Uint8Array<ArrayBuffer>; continuity: Continuity | null; bringsBack?: boolean },
): Promise<EvidenceId> {
  const { data } = transaction;
  const { kind, medium, policy, issuer, verifiedAt, expiresAt } = certificate.facts;
  const id = known ?? newIdentifier<EvidenceId>();
  const kept = await keptAnswer(transaction, keeping, personId, { ...certificate.facts.status, answer: certificate.statusAnswer });
  const columns = {
    sealedCertificate: keeping.sealing.seal(certificate.der, certificateContext(id)),
    // Whoever ended it and presents it to come in again wants it back.
    ...(bringsBack && { endedAt: null, endReason: null }),
    verifiedAt: toDate(verifiedAt), ...statusColumns(certificate.facts.status), ...kept.columns,
  };
  if (known !== null) await data.evidence.update({ where: { id }, data: columns });
  else await data.evidence.create({ data: { id, personId, kind, medium, policy, issuer, continuity, certificateDigest, expiresAt: toDate(expiresAt), ...columns } });
  await appendReceipt(data, {
    kind: known === null ? "evidence_verified" : "evidence_confirmed",
    at: verifiedAt,
    personId,
    detail: { evidence: id, certificate: kind, medium, policy, continuity, status: certificate.facts.status.status, status_source: certificate.facts.status.source, ...kept.detail, ...claimedDetail(certificate.claimed) },
  });
  return id;
}

function claimedDetail(claimed: ClaimedDevice | null | undefined): Record<string, string> {
  return claimed ? { claimed_medium: claimed.medium, claimed_approval: claimed.approval } : {};
}

/**
 * Whose evidence a certificate is, or null. Issuer and serial find it, and all of it must agree: anybody
 * can write the name and number of another's certificate into one of their own. Where the one on record
 * does not open, nothing shows that it is the same.
 */
export async function findOwner({ data }: Transaction, sealing: Sealing, { reference, der }: Pick<VerifiedCertificate, "reference" | "der">): Promise<PersonId | null> {
  const certificateDigests = sealing.lookUpDigests(reference.issuer, reference.serialNumber);
  const known = await data.evidence.findFirst({ where: { certificateDigest: { in: [...certificateDigests] } }, select: { id: true, personId: true, sealedCertificate: true } });
  if (known === null) return null;
  const onRecord = openedOrNull(sealing, known.sealedCertificate, certificateContext(asIdentifier(known.id)));
  return onRecord !== null && equalBytes(onRecord, der) ? asIdentifier(known.personId) : null;
}

/** What was sealed; null when it does not open. */
export function openedOrNull(sealing: Sealing, sealed: Uint8Array, context: string): Uint8Array | null {
  try {
    return sealing.open(sealed, context);
  } catch {
    return null;
  }
}

async function createPerson({ data }: Transaction, id: PersonId, at: number): Promise<void> {
  await data.person.create({ data: { id, userHandle: randomBytes(32), createdAt: toDate(at) } });
  await appendReceipt(data, { kind: "person_created", at, personId: id, detail: {} });
}
