import { utf8 } from "../bytes.ts";
import { Refusal } from "../errors.ts";
import { asIdentifier, newIdentifier, type PersonId } from "../identifiers.ts";
import type { BasicAttributes } from "../jpki/index.ts";
import { appendReceipt, type LookUpDigests, type Reader, requireNotedKeys, type Sealing, type Storage, toDate, toSeconds, type Transaction } from "../storage/index.ts";

/** Seconds for which a review waits for the operator, and an approval for the person. */
export const reviewLifetime = 14 * 86_400;

/** A recovery that waits for an operator, or was decided. Nothing in it names the person or the certificate. */
export interface RecoveryReview {
  readonly id: string;
  readonly personId: PersonId;
  readonly medium: "card" | "smartphone";
  /** When the certificate that was presented expires. */
  readonly certificateExpiresAt: number;
  readonly openedAt: number;
  readonly state: "open" | "approved" | "denied" | "used";
  readonly decidedAt: number | null;
  readonly decidedBy: string | null;
  readonly reason: string | null;
}

/** Finds whoever states the same four attributes; nothing can be read from it. Null where one of them is missing: nobody is told apart by fewer. */
export function attributesDigests(sealing: Sealing, { name, address, birthDate, gender }: BasicAttributes): LookUpDigests | null {
  const stated = [name.text, address.text, birthDate ?? "", gender ?? ""].map((text) => text.normalize("NFKC").replaceAll(/\s/gu, ""));
  return stated.includes("") ? null : sealing.lookUpDigests(...stated.map((text) => utf8(text)));
}

export interface ReviewRequest {
  readonly sealing: Sealing;
  /** What the signature certificate states that was presented with it, and whose status is good. */
  readonly attributes: BasicAttributes;
  /** Of the authentication certificate that nobody knows. */
  readonly certificateDigests: LookUpDigests;
  readonly medium: RecoveryReview["medium"];
  readonly certificateExpiresAt: number;
  readonly at: number;
}

/**
 * Asks for an operator's decision whether the holder of a certificate that nobody knows is the one person
 * who states the same four attributes. Whoever asks again with the same certificate is shown the same review.
 * @returns it; null when nobody states these attributes, or more than one does: they are never told apart by guess.
 */
export async function openReview(transaction: Transaction, { sealing, attributes, certificateDigests, medium, certificateExpiresAt, at }: ReviewRequest): Promise<Pick<RecoveryReview, "id" | "state"> | null> {
  const { data } = transaction;
  const stated = attributesDigests(sealing, attributes);
  if (stated === null) return null;
  const same = await data.evidence.findMany({ where: { attributesDigest: { in: [...stated] }, person: { state: { not: "erased" } } }, select: { personId: true }, distinct: ["personId"] });
  // Somebody who is hidden would make one of several the only one.
  await requireNotedKeys(transaction, sealing);
  const [found, ...others] = same;
  if (found === undefined || others.length > 0) return null;
  const open = await data.recoveryReview.findFirst({ where: { certificateDigest: { in: [...certificateDigests] }, personId: found.personId, state: { in: ["open", "denied"] }, openedAt: { gt: toDate(at - reviewLifetime) } } });
  if (open !== null) return { id: open.id, state: open.state as RecoveryReview["state"] };
  const id = newIdentifier();
  await data.recoveryReview.create({ data: { id, personId: found.personId, certificateDigest: certificateDigests[0], medium, certificateExpiresAt: toDate(certificateExpiresAt), openedAt: toDate(at), state: "open" } });
  await appendReceipt(data, { kind: "review_opened", at, personId: asIdentifier(found.personId), detail: { review: id, medium } });
  return { id, state: "open" };
}

/**
 * An operator decides a review. Approved, the certificate counts as the person's at the next recovery with
 * it; until then nothing changes.
 * @throws Refusal `not_found`, `operation_not_possible` when it was decided, or waited too long.
 */
export async function decideReview(storage: Storage, { id, decision, operator, reason, at }: { readonly id: string; readonly decision: "approved" | "denied"; readonly operator: string; readonly reason: string; readonly at: number }): Promise<void> {
  await storage.transaction(async ({ data }) => {
    const review = await data.recoveryReview.findUnique({ where: { id }, select: { personId: true } });
    if (review === null) throw new Refusal("not_found", "no such review");
    const { count } = await data.recoveryReview.updateMany({
      where: { id, state: "open", openedAt: { gt: toDate(at - reviewLifetime) } },
      data: { state: decision, decidedAt: toDate(at), decidedBy: operator, reason },
    });
    if (count !== 1) throw new Refusal("operation_not_possible", "the review is not open");
    await appendReceipt(data, { kind: `review_${decision}`, at, personId: asIdentifier(review.personId), detail: { review: id, operator, reason } });
  });
}

/**
 * Whose certificate an operator said this is. It counts once, in the transaction that links the two.
 * @returns null when no operator did, or too long ago.
 */
export async function takeApprovedReview({ data }: Transaction, { certificateDigests, at }: { readonly certificateDigests: LookUpDigests; readonly at: number }): Promise<{ readonly personId: PersonId; readonly review: string } | null> {
  const where = { certificateDigest: { in: [...certificateDigests] }, state: "approved", decidedAt: { gt: toDate(at - reviewLifetime) } };
  const approved = await data.recoveryReview.findFirst({ where, select: { id: true, personId: true } });
  if (approved === null) return null;
  const { count } = await data.recoveryReview.updateMany({ where: { ...where, id: approved.id }, data: { state: "used" } });
  return count === 1 ? { personId: asIdentifier(approved.personId), review: approved.id } : null;
}

/** The reviews, or those of one state, the oldest first. */
export async function listReviews(read: Reader, state: RecoveryReview["state"] | null): Promise<RecoveryReview[]> {
  const rows = await read.recoveryReview.findMany({ where: state === null ? {} : { state }, orderBy: { openedAt: "asc" } });
  return rows.map(({ id, personId, medium, certificateExpiresAt, openedAt, state: now, decidedAt, decidedBy, reason }) => ({
    id, personId: asIdentifier(personId), medium: medium as RecoveryReview["medium"], certificateExpiresAt: toSeconds(certificateExpiresAt), openedAt: toSeconds(openedAt),
    state: now as RecoveryReview["state"], decidedAt: decidedAt === null ? null : toSeconds(decidedAt), decidedBy, reason,
  }));
}
