import { asIdentifier, type EvidenceId, type PersonId } from "../identifiers.ts";
import { findPerson } from "../people/index.ts";
import { toDate, toSeconds } from "../storage/index.ts";
import { refreshed } from "./living-evidence.ts";
import type { ProviderPorts } from "./ports.ts";

const day = 24 * 60 * 60;
/** Whoever did not come for so long is asked about when they come. */
const recently = 30 * day;
/** Asked about in one round, and at once: a status source is nobody's to flood. */
const round = 50;
const atOnce = 5;

/** Asks for the status of people's certificates though nobody signs in, a few in each round. */
export interface Recheck {
  /** One round: those asked for longest ago. @returns how many were asked about. */
  run(): Promise<number>;
}

/**
 * The status of whoever used a passkey in the last thirty days is asked for again every `seconds`: relying
 * parties that keep somebody signed in hear of a revocation although the person does not come back, where
 * no CRL tells of it either. During an outage each round goes on where the last one stopped.
 */
export function createRecheck(ports: ProviderPorts, seconds: number): Recheck {
  let after: Place = start;
  return {
    async run() {
      const due = await dueAfter(ports, after, seconds);
      after = due.length < round ? start : (due.at(-1) ?? start);
      for (let index = 0; index < due.length; index += atOnce) await Promise.all(due.slice(index, index + atOnce).map((each) => recheckOne(ports, each, seconds)));
      return due.length;
    },
  };
}

/** Where a round stopped: evidence in the order in which it was asked for. */
interface Place {
  readonly checkedAt: number;
  readonly id: string;
}
const start: Place = { checkedAt: 0, id: "" };

interface Due extends Place {
  readonly id: EvidenceId;
  readonly personId: PersonId;
}

async function dueAfter({ storage, clock }: ProviderPorts, { checkedAt, id }: Place, seconds: number): Promise<Due[]> {
  const now = clock();
  const rows = await storage.read.evidence.findMany({
    where: {
      kind: "jpki_user_authentication", supersededById: null, status: { not: "revoked" }, expiresAt: { gte: toDate(now) },
      person: { state: "active", passkeys: { some: { state: "active", lastUsedAt: { gte: toDate(now - recently) } } } },
      statusCheckedAt: { gte: toDate(checkedAt), lte: toDate(now - seconds) },
      NOT: { statusCheckedAt: toDate(checkedAt), id: { lte: id } },
    },
    select: { id: true, personId: true, statusCheckedAt: true },
    orderBy: [{ statusCheckedAt: "asc" }, { id: "asc" }],
    take: round,
  });
  return rows.map((row) => ({ id: asIdentifier(row.id), personId: asIdentifier(row.personId), checkedAt: toSeconds(row.statusCheckedAt) }));
}

async function recheckOne(ports: ProviderPorts, { id, personId }: Due, seconds: number): Promise<void> {
  const person = await findPerson(ports.storage.read, personId);
  const evidence = person?.evidence.find((each) => each.id === id);
  if (person !== null && evidence !== undefined) await refreshed(ports, person, seconds, evidence);
}
