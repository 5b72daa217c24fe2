import { Refusal } from "../errors.ts";
import { type ClientId, newIdentifier, type PersonId, type Subject } from "../identifiers.ts";
import { appendReceipt, type Storage, toDate } from "../storage/index.ts";
import { announce } from "./announcements.ts";
import { livingPersonWithin } from "./standing.ts";

/**
 * Gives a person another pseudonym at a sector. Its relying parties are told under the one before, and
 * what they were granted under it ends. Whom a stream left out it leaves out no more.
 * @param clients the relying parties of that sector.
 * @throws Refusal `not_found` when the sector knows the person by none, `person_erased`.
 */
export async function renewPseudonym(storage: Storage, { personId, sector, clients, at }: { readonly personId: PersonId; readonly sector: string; readonly clients: readonly ClientId[]; readonly at: number }): Promise<Subject> {
  return storage.transaction(async (transaction) => {
    const { data, artifacts } = transaction;
    await livingPersonWithin(transaction, personId);
    const where = { personId_sector: { personId, sector } };
    if ((await data.pairwiseSubject.findUnique({ where })) === null) throw new Refusal("not_found", "no pseudonym there");
    const subject = newIdentifier<Subject>();
    for (const onlyClient of clients) {
      await announce(transaction, {
        personId, at, initiator: "user", onlyClient,
        events: [{ kind: "identifier_changed", newSubject: subject, reason: "pseudonym_renewed" }, { kind: "sessions_ended", reason: "pseudonym_renewed" }],
      });
      await artifacts.removeByAccount(personId, onlyClient);
    }
    // Whoever hears no more of somebody would know them again by hearing nothing of the new one.
    await data.signalExclusion.deleteMany({ where: { pseudonym: { personId, sector } } });
    await data.pairwiseSubject.update({ where, data: { subject, createdAt: toDate(at) } });
    await appendReceipt(data, { kind: "pseudonym_renewed", at, personId, detail: { clients } });
    return subject;
  });
}
