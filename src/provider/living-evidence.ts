import type { PersonId } from "../identifiers.ts";
import { type AnsweredStatus, certificateContext, currentEvidence, type EvidenceRecord, findPerson, type PersonRecord, recordStatus } from "../people/index.ts";
import { parseCertificate } from "../pki/certificate.ts";
import { validatePath } from "../pki/path.ts";
import type { ProviderPorts } from "./ports.ts";

/** A revocation or an expiry is for ever: there is nothing to ask. */
const isFinal = (evidence: EvidenceRecord, now: number): boolean => evidence.status.status === "revoked" || evidence.expiresAt < now;

/**
 * The person as known now. A status older than `maximumAge` seconds is asked for again; in an outage
 * it stays what it was, and the level falls with its age. A certificate found revoked or held ends
 * every session and token of the person.
 */
export async function livingPerson(ports: ProviderPorts, id: PersonId, maximumAge: number): Promise<PersonRecord | null> {
  const person = await findPerson(ports.storage.read, id);
  return person === null ? null : refreshed(ports, person, maximumAge);
}

/** See {@link livingPerson}, for a person who is already loaded; of the evidence that speaks for them, or of another. */
export async function refreshed(ports: ProviderPorts, person: PersonRecord, maximumAge: number, evidence = currentEvidence(person)): Promise<PersonRecord> {
  const now = ports.clock();
  if (evidence === null || isFinal(evidence, now) || isRecent(evidence.status.checkedAt, now, maximumAge)) return person;
  const status = await askAgain(ports, evidence, maximumAge);
  if (status === null) return person;
  const keeping = { sealing: ports.storage.sealing, policy: ports.assurance };
  const change = await ports.storage.transaction((transaction) => recordStatus(transaction, keeping, person, evidence.id, status));
  // What is on record counts: somebody knew better meanwhile, or the fall ended more than this evidence.
  if (change !== "refreshed") return (await findPerson(ports.storage.read, person.id)) ?? person;
  return { ...person, evidence: person.evidence.map((entry) => (entry.id === evidence.id ? { ...entry, status } : entry)) };
}

/** A time in the future was written by a clock gone wrong: nothing rests on it. */
const isRecent = (checkedAt: number, now: number, maximumAge: number): boolean => checkedAt <= now && now - checkedAt <= maximumAge;

async function askAgain(ports: ProviderPorts, evidence: EvidenceRecord, maximumAge: number): Promise<AnsweredStatus | null> {
  const leaf = parseCertificate(ports.storage.sealing.open(evidence.sealedCertificate, certificateContext(evidence.id)));
  if (!leaf.valid) return null;
  // The path was checked when the person enrolled; here it only finds the issuer again, at a time when both were valid.
  const path = validatePath({ certificate: leaf.value.der, trustAnchors: ports.anchors[evidence.kind === "jpki_signature" ? "signature" : "userAuthentication"], time: leaf.value.notBefore });
  const issuer = path.valid ? path.value.issuer : undefined;
  if (issuer === undefined) return null;
  const answer = await ports.status.check({ certificate: leaf.value, issuer }, ports.clock(), { maximumAge });
  return answer.valid ? answer.value : null;
}
