import Database from "better-sqlite3";
import { randomBytes } from "../src/bytes.ts";
import { asIdentifier } from "../src/identifiers.ts";
import { certificateContext } from "../src/people/index.ts";
import { tag } from "../src/pki/der.ts";
import type { BoundEvidence, Sealing } from "../src/storage/index.ts";
import { der } from "../test/certificates/der-writer.ts";
import { jpkiAuthority, jpkiCertificate } from "../test/certificates/jpki.ts";
import { generatedSerial } from "../test/pki/crl-generator.ts";

/** People as enrolments write them, with certificates of the tests' authority. */
export interface Population {
  readonly count: number;
  /** When they enrolled, in seconds since the epoch. */
  readonly at: number;
  /** Which entry of a generated CRL lists the certificate of somebody; null for somebody who never falls. */
  readonly entryOf: (index: number) => number | null;
  /** Client and sector of a relying party that all of them are connected with. */
  readonly connectedWith?: { readonly clientId: string; readonly sector: string };
}

export const boundOf = (index: number): BoundEvidence => ({ evidenceId: asIdentifier(`evidence-${index}`), personId: asIdentifier(`person-${index}`) });
export const subjectOf = (index: number): string => `subject-${index}`;

/** Writes them past the data model. A certificate is there only for those who fall, for no other is looked at. */
export function populate(file: string, sealing: Sealing, { count, at, entryOf, connectedWith }: Population): void {
  const authority = jpkiAuthority();
  const database = new Database(file);
  const person = database.prepare(`INSERT INTO "person" ("id","user_handle","created_at") VALUES (?,?,?)`);
  const evidence = database.prepare(`INSERT INTO "evidence" ("id","person_id","kind","medium","policy","issuer","certificate_digest","sealed_certificate",
    "verified_at","expires_at","status","status_source","status_this_update","status_checked_at") VALUES (?,?,'jpki_user_authentication','card','1.2','CN=JPKI',?,?,?,?,'good','ocsp',?,?)`);
  const consent = database.prepare(`INSERT INTO "consent" ("person_id","client_id","scope","claims","resources","granted_at") VALUES (?,?,'openid','[]','{}',?)`);
  const subject = database.prepare(`INSERT INTO "pairwise_subject" ("person_id","sector","subject","created_at") VALUES (?,?,?,?)`);
  const stored = (seconds: number): string => new Date(seconds * 1000).toISOString().replace("Z", "+00:00");
  const [enrolled, expires] = [stored(at), stored(at + 5 * 365 * 86_400)];
  // Of no certificate, but by a key that is there: a start looks for that.
  const unread = sealing.seal(new Uint8Array(64), "nobody");
  const enrol = (index: number): void => {
    const { evidenceId, personId } = boundOf(index);
    const entry = entryOf(index);
    const serialNumber = entry === null ? Buffer.concat([Buffer.of(0x3f), randomBytes(19)]) : generatedSerial(entry);
    const sealed = entry === null ? unread : sealing.seal(jpkiCertificate({ serialNumber: der(tag.integer, serialNumber) }), certificateContext(evidenceId));
    person.run(personId, randomBytes(32), enrolled);
    evidence.run(evidenceId, personId, sealing.lookUpDigest(authority.subject, serialNumber), sealed, enrolled, expires, enrolled, enrolled);
    if (connectedWith === undefined) return;
    consent.run(personId, connectedWith.clientId, enrolled);
    subject.run(personId, connectedWith.sector, subjectOf(index), enrolled);
  };
  database.transaction(() => {
    for (let index = 0; index < count; index += 1) enrol(index);
  })();
  database.close();
}
