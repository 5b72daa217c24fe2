import { setImmediate } from "node:timers/promises";
import { Refusal } from "../errors.ts";
import { asIdentifier, type EvidenceId, type PersonId } from "../identifiers.ts";
import { type BasicAttributes, basicAttributes } from "../jpki/index.ts";
import { parseCertificate } from "../pki/certificate.ts";
import { requireNotedKeys, type Sealing, type Storage, toDate, type Transaction } from "../storage/index.ts";
import { announce, type LifecycleEvent, type LifecycleReason } from "./announcements.ts";
import { dropAttributes } from "./dropped-attributes.ts";
import { openedOrNull, refuseFallen, saveEvidence, type VerifiedCertificate } from "./evidence.ts";
import type { Keeping } from "./evidence-status.ts";
import { certificateContext, type EvidenceRecord } from "./records.ts";
import { attributesDigests } from "./reviews.ts";

/**
 * The basic attributes of a person: what their signature certificate states. They are kept nowhere but in
 * the sealed certificate, and as a keyed digest by which a recovery finds whom to review: both go together.
 */

/**
 * Binds a verified signature certificate to the person whose authentication certificate was presented
 * with it. It takes the place of one presented before.
 * @throws Refusal `person_mismatch` when another person presented it, and those of {@link refuseFallen}.
 */
export async function bindAttributes(transaction: Transaction, keeping: Keeping, certificate: VerifiedCertificate, personId: PersonId): Promise<EvidenceId> {
  const { data } = transaction;
  const certificateDigests = keeping.sealing.lookUpDigests(certificate.reference.issuer, certificate.reference.serialNumber);
  const known = await data.evidence.findFirst({ where: { certificateDigest: { in: [...certificateDigests] } }, select: { id: true, personId: true, status: true, statusThisUpdate: true } });
  if (known === null) await requireNotedKeys(transaction, keeping.sealing);
  if (known !== null && known.personId !== personId) throw new Refusal("person_mismatch", "signature certificate of another person");
  refuseFallen(known, certificate);
  const id = await saveEvidence(transaction, keeping, certificate, { personId, known: known === null ? null : asIdentifier(known.id), certificateDigest: certificateDigests[0], continuity: null });
  const stated = attributesIn(certificate.der);
  await data.evidence.update({ where: { id }, data: { supersededById: null, attributesDigest: stated === null ? null : (attributesDigests(keeping.sealing, stated)?.[0] ?? null) } });
  const replaced = await data.evidence.findMany({ where: { personId, kind: "jpki_signature", supersededById: null, id: { not: id } }, select: { id: true } });
  for (const before of replaced) {
    await data.evidence.update({ where: { id: before.id }, data: { supersededById: id } });
    await dropAttributes(transaction, keeping.sealing, personId, asIdentifier(before.id), { reason: "replaced", at: certificate.facts.verifiedAt });
  }
  return id;
}

/** What the certificate states; null when it was forgotten. */
export function attributesOf(sealing: Sealing, evidence: EvidenceRecord): BasicAttributes | null {
  return attributesIn(openedOrNull(sealing, evidence.sealedCertificate, certificateContext(evidence.id)) ?? new Uint8Array());
}

function attributesIn(der: Uint8Array): BasicAttributes | null {
  const certificate = parseCertificate(der);
  const attributes = certificate.valid ? basicAttributes(certificate.value) : certificate;
  return attributes.valid ? attributes.value : null;
}

const noLongerTold = (reason: LifecycleReason): readonly LifecycleEvent[] => [{ kind: "token_claims_changed", claims: ["verified_claims"], reason }];

/** The person no longer wants them kept here. */
export async function withdrawAttributes(storage: Storage, personId: PersonId, at: number): Promise<void> {
  await storage.transaction(async (transaction) => {
    const standing = await transaction.data.evidence.findMany({ where: { personId, kind: "jpki_signature", supersededById: null }, select: { id: true, sealedCertificate: true } });
    const kept = standing.filter(({ id, sealedCertificate }) => openedOrNull(storage.sealing, sealedCertificate, certificateContext(asIdentifier(id)))?.length !== 0);
    for (const { id } of kept) await dropAttributes(transaction, storage.sealing, personId, asIdentifier(id), { reason: "withdrawn", at });
    if (kept.length > 0) await announce(transaction, { personId, at, initiator: "user", events: noLongerTold("withheld") });
  });
}

/** How many go in one transaction, so that nobody waits long for the database. */
const together = 5;

/** Removes signature certificates that have expired: nothing is to be known of them any more. */
export async function sweepAttributes(storage: Storage, now: number): Promise<void> {
  for (;;) {
    // The database's client never leaves the event loop to others by itself.
    await setImmediate();
    const expired = await storage.read.evidence.findMany({ where: { kind: "jpki_signature", expiresAt: { lt: toDate(now) } }, select: { id: true }, orderBy: [{ expiresAt: "asc" }, { id: "asc" }], take: together });
    // Most of the time there is none: then no writer has to wait.
    if (expired.length === 0) return;
    await storage.transaction((transaction) => removeExpired(transaction, storage.sealing, expired.map(({ id }) => id), now));
  }
}

async function removeExpired(transaction: Transaction, sealing: Sealing, ids: string[], now: number): Promise<void> {
  // Another process may have been faster.
  const still = await transaction.data.evidence.findMany({ where: { id: { in: ids } }, select: { id: true, personId: true, supersededById: true } });
  for (const { id, personId, supersededById } of still) {
    await dropAttributes(transaction, sealing, asIdentifier(personId), asIdentifier(id), { reason: "expired", at: now });
    if (supersededById === null) await announce(transaction, { personId: asIdentifier(personId), at: now, initiator: "policy", events: noLongerTold("certificate_expired") });
    await transaction.data.evidence.delete({ where: { id } });
  }
}
