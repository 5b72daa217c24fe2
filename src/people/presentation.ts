import { Refusal } from "../errors.ts";
import { asIdentifier, type EvidenceId, type PersonId } from "../identifiers.ts";
import type { LookUpDigests, Sealing, Transaction } from "../storage/index.ts";
import type { CertificateReference } from "./evidence.ts";
import { wasUnlinked } from "./links.ts";
import { takeApprovedReview } from "./reviews.ts";
import type { Continuity } from "../assurance/facts.ts";

/** For whom and for what a certificate is presented. */
export interface Presentation {
  /** The person who must be meant (a signed-in browser); null when anyone may be. */
  readonly expected: PersonId | null;
  /** Whether a certificate that nobody is known by makes a new person. */
  readonly mayBeNew: boolean;
  /** Which hold of the person does not stand in the way: none, one that a signature of theirs lifts, or any. */
  readonly despiteHold: "never" | "liftable" | "always";
  /** Which certificates on record count that no longer speak for their person. */
  readonly admits: readonly Former[];
  /** Whether one that the person ended speaks for them again. */
  readonly bringsBack: boolean;
  /** An earlier certificate of the same person, and how it was shown to be theirs. */
  readonly earlier: EarlierCertificate | null;
  /** Now, in seconds, where an operator's decision may say whose certificate it is; else null. */
  readonly reviewedBy: number | null;
}

export type Former = "superseded" | "ended";

export interface EarlierCertificate {
  readonly evidenceId: EvidenceId;
  readonly continuity: Exclude<Continuity, "issuer_statement">;
}

/** How an enrolment presents a certificate: anyone may, who is not on hold. */
export const enrolling: Presentation = { expected: null, mayBeNew: true, despiteHold: "never", admits: ["ended"], bringsBack: true, earlier: null, reviewedBy: null };

interface Owner {
  readonly id: string;
  readonly state: string;
  readonly holdLiftedBy: string | null;
}

interface Link {
  readonly predecessor: { readonly id: string; readonly person: Owner };
  readonly continuity: Continuity;
}

interface NewCertificate {
  readonly certificateDigests: LookUpDigests;
  /** The certificate it replaces, by the word of its issuer. */
  readonly predecessor: CertificateReference | null;
}

/**
 * By which earlier certificate an unknown one belongs to somebody: shown by the person, else named by its
 * issuer, else as an operator decided. Where the person ended the link with it before, none makes it again.
 * @throws Refusal `earlier_certificate_refused`, and `person_mismatch` where the two disagree.
 */
export async function linkOf(transaction: Transaction, sealing: Sealing, { certificateDigests, predecessor }: NewCertificate, { earlier, reviewedBy }: Presentation): Promise<Link | null> {
  const named = predecessor === null ? null : await transaction.data.evidence.findFirst({ where: { certificateDigest: { in: [...sealing.lookUpDigests(predecessor.issuer, predecessor.serialNumber)] } }, include: { person: true } });
  const wasEnded = ({ predecessor: { person } }: Link): Promise<boolean> => wasUnlinked(transaction, sealing, asIdentifier(person.id), certificateDigests);
  const byIssuer: Link | null = named === null ? null : { predecessor: named, continuity: "issuer_statement" };
  // Whoever its issuer is wrong about is somebody else, and may come in as who they are.
  if (earlier === null && byIssuer !== null && !(await wasEnded(byIssuer))) return byIssuer;
  const link = earlier !== null ? await shownLink(transaction, earlier) : reviewedBy === null ? null : await reviewedLink(transaction, certificateDigests, reviewedBy);
  if (link === null) return null;
  if (earlier !== null && byIssuer !== null && byIssuer.predecessor.person.id !== link.predecessor.person.id) throw new Refusal("person_mismatch", "its issuer names another person's");
  if (await wasEnded(link)) throw new Refusal("earlier_certificate_refused", "the person ended the link with it");
  return link;
}

/** As the person shows. @throws Refusal `earlier_certificate_refused`. */
async function shownLink({ data }: Transaction, { evidenceId, continuity }: EarlierCertificate): Promise<Link> {
  const shown = await data.evidence.findUnique({ where: { id: evidenceId }, include: { person: true } });
  if (shown === null || shown.supersededById !== null || shown.endedAt !== null || shown.status !== "good") throw new Refusal("earlier_certificate_refused", "superseded, ended or not good");
  return { predecessor: shown, continuity };
}

/** As an operator decided: then it takes the place of the standing certificate that was verified last. */
async function reviewedLink(transaction: Transaction, certificateDigests: LookUpDigests, at: number): Promise<Link | null> {
  const approved = await takeApprovedReview(transaction, { certificateDigests, at });
  if (approved === null) return null;
  const where = { personId: approved.personId, kind: "jpki_user_authentication", supersededById: null, endedAt: null };
  const predecessor = await transaction.data.evidence.findFirst({ where, orderBy: { verifiedAt: "desc" }, include: { person: true } });
  return predecessor === null ? null : { predecessor, continuity: "operator_review" };
}

/**
 * What a later certificate took the place of, or the person ended, speaks for them only where it may.
 * @throws Refusal `earlier_certificate_refused`.
 */
export function refuseFormer(known: { readonly supersededById: string | null; readonly endedAt: Date | null } | null, { admits }: Pick<Presentation, "admits">): void {
  const former: Former | null = known === null ? null : known.supersededById !== null ? "superseded" : known.endedAt !== null ? "ended" : null;
  if (former !== null && !admits.includes(former)) throw new Refusal("earlier_certificate_refused", former);
}

/** @throws Refusal `person_unknown`, `person_mismatch`, `person_on_hold`, `person_erased`. */
export function refuseOwner(owner: Owner | null, { expected, mayBeNew, despiteHold }: Presentation): void {
  if (owner === null && !mayBeNew) throw new Refusal("person_unknown", "certificate that nobody is known by");
  if (expected !== null && owner?.id !== expected) throw new Refusal("person_mismatch", "certificate of another person");
  if (owner?.state === "erased") throw new Refusal("person_erased", "person is erased");
  const isAdmitted = despiteHold === "always" || (despiteHold === "liftable" && owner?.holdLiftedBy === "signature");
  if (owner?.state === "held" && !isAdmitted) throw new Refusal("person_on_hold", "person is held");
}
