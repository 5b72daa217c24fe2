import type { AssurancePolicy } from "../assurance/index.ts";
import { utf8 } from "../bytes.ts";
import { Refusal } from "../errors.ts";
import type { EvidenceId, PersonId } from "../identifiers.ts";
import { appendReceipt, type Sealing, type Storage, type Transaction } from "../storage/index.ts";
import { changePerson } from "./changes.ts";
import { endEvidence, revokePasskeys } from "./endings.ts";
import { evidenceState, startsFrom } from "./lifecycle-states.ts";
import { certificateContext } from "./records.ts";
import { endSessions } from "./sessions.ts";
import { livingPersonWithin } from "./standing.ts";

/**
 * Ends the link between a person and a certificate that came later: it is somebody else's, the person says.
 * Its passkeys are revoked, the certificate it took the place of stands again, sessions and grants end. The
 * certificate is forgotten, and never linked to this person again: see {@link wasUnlinked}.
 * @throws Refusal `not_found`, `person_erased`, `operation_not_possible` for the person's first certificate
 * and for one that was superseded or ended.
 */
export async function endLink(storage: Storage, { personId, evidenceId, at, policy }: { readonly personId: PersonId; readonly evidenceId: EvidenceId; readonly at: number; readonly policy: AssurancePolicy }): Promise<void> {
  await storage.transaction(async (transaction) => {
    const { data } = transaction;
    const person = await livingPersonWithin(transaction, personId);
    const evidence = person.evidence.find(({ id }) => id === evidenceId);
    if (evidence === undefined) throw new Refusal("not_found", "no such evidence");
    const from = { id: evidenceId, state: evidenceState(evidence, at) };
    if (evidence.continuity === null || !startsFrom("evidence", "end", from)) throw new Refusal("operation_not_possible", "no link that stands");
    await changePerson(transaction, { personId, at, initiator: "user", reason: "link_ended", policy }, async () => {
      await revokePasskeys(transaction, person.passkeys.filter(({ binding }) => binding.boundBy === evidenceId));
      await endEvidence(transaction, from, at, "unlinked");
      await forgetCertificate(transaction, storage.sealing, personId, evidenceId);
      await data.evidence.updateMany({ where: { personId, supersededById: evidenceId }, data: { supersededById: null } });
      await endSessions(transaction, personId, at);
      await appendReceipt(data, { kind: "link_ended", at, personId, detail: { evidence: evidenceId, continuity: evidence.continuity } });
    });
  });
}

async function forgetCertificate({ data }: Transaction, sealing: Sealing, personId: PersonId, id: EvidenceId): Promise<void> {
  const { certificateDigest } = await data.evidence.findUniqueOrThrow({ where: { id }, select: { certificateDigest: true } });
  await data.evidence.update({
    where: { id },
    data: {
      certificateDigest: unlinkedDigest(sealing, personId, certificateDigest), statusAnswerDigest: null,
      sealedCertificate: sealing.seal(new Uint8Array(), certificateContext(id)),
    },
  });
}

/** Whether the person ended the link with the certificate of this look-up digest: then no continuity links the two again. */
export async function wasUnlinked({ data }: Transaction, sealing: Sealing, personId: PersonId, certificateDigest: Uint8Array): Promise<boolean> {
  return (await data.evidence.count({ where: { certificateDigest: unlinkedDigest(sealing, personId, certificateDigest) } })) > 0;
}

const unlinkedDigest = (sealing: Sealing, personId: PersonId, certificateDigest: Uint8Array): Uint8Array<ArrayBuffer> => sealing.lookUpDigest(utf8(personId), certificateDigest);
