import { asIdentifier, type PersonId } from "../identifiers.ts";
import { appendReceipt, type Reader, type Storage, toDate } from "../storage/index.ts";

/** The person whom a relying party's sector knows by this pseudonym, or null. */
export async function findBySubject(read: Reader, sector: string, subject: string): Promise<PersonId | null> {
  const row = await read.pairwiseSubject.findUnique({ where: { subject }, select: { personId: true, sector: true } });
  return row === null || row.sector !== sector ? null : asIdentifier<PersonId>(row.personId);
}

/** Whether relying parties may ask the person to approve something. They may, until the person says no. */
export async function takesRequests(read: Reader, personId: PersonId): Promise<boolean> {
  return (await read.requestRefusal.findUnique({ where: { personId } })) === null;
}

/** See {@link takesRequests}. What is waiting is not withdrawn: it can still be refused. */
export async function setTakesRequests(storage: Storage, personId: PersonId, takes: boolean, at: number): Promise<void> {
  await storage.transaction(async ({ data }) => {
    const where = { personId };
    if (takes) await data.requestRefusal.deleteMany({ where });
    else await data.requestRefusal.upsert({ where, create: { personId, since: toDate(at) }, update: {} });
    await appendReceipt(data, { kind: takes ? "requests_allowed" : "requests_refused", at, personId, detail: {} });
  });
}
