import { asIdentifier, type PersonId } from "../identifiers.ts";
import { appendReceipt, type Reader, type Storage } from "../storage/index.ts";

/** An operator at work, and why. */
export interface Look {
  readonly operator: string;
  readonly reason: string;
  /** What was looked at: `person`, `reviews`. */
  readonly looked: string;
  readonly at: number;
}

/** Whom an operator means: by a pseudonym that a relying party knows, a receipt, or the id inside the bridge. */
export async function findForOperator(read: Reader, named: string): Promise<PersonId | null> {
  const subject = await read.pairwiseSubject.findUnique({ where: { subject: named }, select: { personId: true } });
  const receipt = subject === null ? await read.receipt.findUnique({ where: { id: named }, select: { personId: true } }) : null;
  const person = await read.person.findUnique({ where: { id: named }, select: { id: true } });
  const found = subject?.personId ?? receipt?.personId ?? person?.id ?? null;
  return found === null ? null : asIdentifier(found);
}

/** Every look is a receipt, written before anything is shown; also one that finds nobody. */
export async function recordLook(storage: Storage, personId: PersonId | null, { operator, reason, looked, at }: Look): Promise<void> {
  await storage.transaction(({ data }) => appendReceipt(data, { kind: "operator_looked", at, personId, detail: { operator, reason, looked } }));
}
