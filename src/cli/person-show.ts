import { Refusal } from "../errors.ts";
import type { PersonId } from "../identifiers.ts";
import { evidenceState, findPerson, type PersonRecord } from "../people/index.ts";
import type { Reader } from "../storage/index.ts";
import { coloured, print, printJson, table } from "./terminal.ts";

const latestReceipts = 20;

/**
 * Prints where a person stands: states, dates, media and the bridge's own ids. No name, no certificate, no
 * name that the person gave a passkey, and of services only how many.
 * @throws Refusal `not_found` when the person is in receipts alone.
 */
export async function showPerson(read: Reader, personId: PersonId, now: number, json: boolean): Promise<void> {
  const person = await findPerson(read, personId);
  if (person === null) throw new Refusal("not_found", "of this person receipts alone are left");
  const shown = {
    person: person.id, ...standingOf(person), created_at: person.createdAt, recovered_at: person.recoveredAt,
    services: await read.consent.count({ where: { personId } }),
    certificates: person.evidence.map((each) => ({ id: each.id, kind: each.kind, medium: each.medium, state: evidenceState(each, now), verified_at: each.verifiedAt, expires_at: each.expiresAt, continuity: each.continuity })),
    passkeys: person.passkeys.map(({ id, state, createdAt, lastUsedAt, binding, authenticator }) => ({ id, state, created_at: createdAt, last_used_at: lastUsedAt, bound_by: binding.boundBy, synced: authenticator.backupEligible })),
    receipts: (await read.receipt.findMany({ where: { personId }, orderBy: { sequence: "desc" }, take: latestReceipts, select: { id: true, at: true, kind: true } })).map(({ id, at, kind }) => ({ id, at: at.getTime() / 1000, kind })),
  };
  if (json) return printJson(shown);

  const held = person.state === "held" ? `, ${holdInWords(person)}` : "";
  print(`${coloured("bold", person.id)}  ${shown.state}${held}; since ${timeOf(shown.created_at)}; ${shown.services} services`);
  print(table(["CERTIFICATE", "KIND", "MEDIUM", "STATE", "EXPIRES", "LINKED BY"], shown.certificates.map((each) => [each.id, each.kind, each.medium, each.state, timeOf(each.expires_at), each.continuity ?? ""])));
  print(table(["PASSKEY", "STATE", "MADE", "LAST USED", "MADE WITH", "SYNCED"], shown.passkeys.map((each) => [each.id, each.state, timeOf(each.created_at), timeOf(each.last_used_at), each.bound_by, each.synced ? "yes" : "no"])));
  print(table(["RECEIPT", "AT", "KIND"], shown.receipts.map(({ id, at, kind }) => [id, timeOf(at), kind])));
}

/** Who put a person on hold and when, and what lifts it. */
export const holdInWords = ({ heldBy, heldAt, liftedBy }: Extract<PersonRecord, { state: "held" }>): string =>
  `by the ${heldBy} since ${timeOf(heldAt)}, lifted by ${liftedBy === "signature" ? "a JPKI signature" : "the operator"}`;

function standingOf(person: PersonRecord): { state: "active" } | { state: "held"; held_at: number; held_by: string; lifted_by: string } | { state: "erased"; erased_at: number } {
  if (person.state === "held") return { state: "held", held_at: person.heldAt, held_by: person.heldBy, lifted_by: person.liftedBy };
  return person.state === "erased" ? { state: "erased", erased_at: person.erasedAt } : { state: "active" };
}

const timeOf = (seconds: number | null): string => (seconds === null ? "" : new Date(seconds * 1000).toISOString().replace(".000Z", "Z"));
