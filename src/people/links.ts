import type { AssurancePolicy } from "../assurance/index.ts";
import { randomBytes, utf8 } from "../bytes.ts";
import { Refusal } from "../errors.ts";
import { asIdentifier, type EvidenceId, type PasskeyId, type PersonId } from "../identifiers.ts";
import { appendReceipt, type Sealing, type Storage, toDate, toSeconds, type Transaction } from "../storage/index.ts";
import { changePerson } from "./changes.ts";
import { dropAttributes } from "./dropped-attributes.ts";
import { endEvidence, revokePasskeys } from "./endings.ts";
import { evidenceState, startsFrom } from "./lifecycle-states.ts";
import { certificateContext } from "./records.ts";
import { endSessions } from "./sessions.ts";
import { type LivingPerson, livingPersonWithin } from "./standing.ts";

export interface LinkEnd {
  readonly personId: PersonId;
  readonly evidenceId: EvidenceId;
  /** By what the person is signed in who asks for it: a passkey, else a certificate. */
  readonly by: { readonly passkeyId: PasskeyId | null; readonly signedWith: EvidenceId | null };
  readonly at: number;
  readonly policy: AssurancePolicy;
}

/**
 * Ends the link between a person and a certificate that came later: it is somebody else's, the person says.
 * Its passkeys are revoked, the certificate it took the place of stands again, sessions and grants end. What
 * signature certificates stated since the link may be the stranger's, and is dropped. The certificate is forgotten, and never linked to this person again: see {@link wasUnlinked}.
 * @throws Refusal `not_found`, `person_erased`, `operation_not_possible` for the person's first certificate,
 * for one that was superseded or ended, and for whoever came in by a certificate that was rightly superseded.
 */
export async function endLink(storage: Storage, { personId, evidenceId, by, at, policy }: LinkEnd): Promise<void> {
  await storage.transaction(async (transaction) => {
    const { data } = transaction;
    const person = await livingPersonWithin(transaction, personId);
    const evidence = person.evidence.find(({ id }) => id === evidenceId);
    if (evidence === undefined) throw new Refusal("not_found", "no such evidence");
    const from = { id: evidenceId, state: evidenceState(evidence, at) };
    if (await cameInBySuperseded(transaction, person, by)) throw new Refusal("operation_not_possible", "came in by a certificate that was superseded");
    if (evidence.continuity === null || !startsFrom("evidence", "end", from)) throw new Refusal("operation_not_possible", "no link that stands");
    await changePerson(transaction, { personId, at, initiator: "user", reason: "link_ended", policy }, async () => {
      await revokePasskeys(transaction, person.passkeys.filter(({ binding }) => binding.boundBy === evidenceId));
      await endEvidence(transaction, from, at, "unlinked");
      await forgetStatedSince(transaction, storage.sealing, personId, { since: await linkedAt(transaction, personId, evidenceId), at });
      await forgetCertificate(transaction, storage.sealing, personId, evidenceId);
      await data.evidence.updateMany({ where: { personId, supersededById: evidenceId }, data: { supersededById: null } });
      await endSessions(transaction, personId, at);
      await appendReceipt(data, { kind: "link_ended", at, personId, detail: { evidence: evidenceId, continuity: evidence.continuity } });
    });
  });
}

/**
 * Whether somebody came in by a certificate after another had taken its place with its own key, by its
 * issuer's word or an operator's: a recovery lets them in, but what took its place is not theirs to end. Where
 * the two were presented one after the other, the later one may be a stranger's, and is.
 */
async function cameInBySuperseded(transaction: Transaction, { id, passkeys, evidence }: LivingPerson, { passkeyId, signedWith }: LinkEnd["by"]): Promise<boolean> {
  const binding = passkeys.find((passkey) => passkey.id === passkeyId)?.binding ?? null;
  const cameBy = evidence.find((each) => each.id === (binding?.boundBy ?? signedWith));
  const successor = evidence.find((each) => each.id === cameBy?.supersededBy);
  if (successor === undefined || successor.continuity === "presented_together") return false;
  const since = await linkedAt(transaction, id, successor.id);
  return binding === null || since === null || binding.boundAt > toSeconds(since);
}

/** When a certificate was linked, by its receipt; null where that was forgotten. */
async function linkedAt({ data }: Transaction, personId: PersonId, id: EvidenceId): Promise<Date | null> {
  const first = await data.receipt.findFirst({ where: { personId, kind: "evidence_verified", detail: { contains: id } }, select: { at: true } });
  return first?.at ?? null;
}

/** Where it is not known since when, all of it: what a stranger stated must not name the person. */
async function forgetStatedSince(transaction: Transaction, sealing: Sealing, personId: PersonId, { since, at }: { readonly since: Date | null; readonly at: number }): Promise<void> {
  const where = { personId, kind: "jpki_signature", endedAt: null, ...(since !== null && { verifiedAt: { gte: since } }) };
  for (const { id } of await transaction.data.evidence.findMany({ where, select: { id: true } })) {
    await dropAttributes(transaction, sealing, personId, asIdentifier(id), { reason: "unlinked", at });
    await transaction.data.evidence.update({ where: { id }, data: { endedAt: toDate(at), endReason: "unlinked" } });
    await forgetCertificate(transaction, sealing, personId, asIdentifier(id));
  }
}

async function forgetCertificate(transaction: Transaction, sealing: Sealing, personId: PersonId, id: EvidenceId): Promise<void> {
  const { data } = transaction;
  const { certificateDigest } = await data.evidence.findUniqueOrThrow({ where: { id }, select: { certificateDigest: true } });
  // One such row is enough to remember it by.
  const isRemembered = await wasUnlinked(transaction, sealing, personId, [certificateDigest]);
  await data.evidence.update({
    where: { id },
    data: {
      certificateDigest: isRemembered ? randomBytes(32) : sealing.lookUpDigest(utf8(personId), certificateDigest), statusAnswerDigest: null,
      sealedCertificate: sealing.seal(new Uint8Array(), certificateContext(id)),
    },
  });
}

/**
 * Whether the person ended the link with the certificate of these look-up digests: then no continuity links the
 * two again. It was forgotten by the one of them that it was found by then.
 */
export async function wasUnlinked({ data }: Transaction, sealing: Sealing, personId: PersonId, certificateDigests: readonly Uint8Array[]): Promise<boolean> {
  const unlinked = certificateDigests.flatMap((digest) => sealing.lookUpDigests(utf8(personId), digest));
  return (await data.evidence.count({ where: { certificateDigest: { in: unlinked } } })) > 0;
}
