import { asIdentifier, type EvidenceId, type PersonId } from "../identifiers.ts";
import { findPerson } from "../people/index.ts";
import { toDate, toSeconds } from "../storage/index.ts";
import { refreshed } from "./living-evidence.ts";
import type { ProviderPorts } from "./ports.ts";

const day = 24 * 60 * 60;
/** Whoever did not come for so long is asked about when they come. */
const recently = 30 * day;
/** Asked about in one round, or little more, and at once: a status source is nobody's to flood. */
const round = 50;
/** Pages of so many passkeys that one round looks at. */
const pages = 20;
const atOnce = 5;

/** Asks for the status of people's certificates though nobody signs in, a few in each round. */
export interface Recheck {
  /** One round. @returns how many were asked about. */
  run(): Promise<number>;
}

/**
 * The status of whoever used a passkey in the last thirty days is asked for again every `seconds`: relying
 * parties that keep somebody signed in hear of a revocation although the person does not come back, where
 * no CRL tells of it either. Each round goes on where the last one stopped, during an outage, too.
 */
export function createRecheck(ports: ProviderPorts, seconds: number): Recheck {
  let after: Place = start;
  return {
    async run() {
      const { due, next } = await dueAfter(ports, after, seconds);
      after = next;
      for (let index = 0; index < due.length; index += atOnce) await Promise.all(due.slice(index, index + atOnce).map((each) => recheckOne(ports, each, seconds)));
      return due.length;
    },
  };
}

/** Where a round stopped: passkeys in the order in which they were last used. */
interface Place {
  readonly usedAt: number;
  readonly id: string;
}
const start: Place = { usedAt: 0, id: "" };

interface Due {
  readonly id: EvidenceId;
  readonly personId: PersonId;
}

/** Goes through passkeys a page at a time until enough certificates are due, and not through too many where few are. */
async function dueAfter(ports: ProviderPorts, after: Place, seconds: number): Promise<{ readonly due: readonly Due[]; readonly next: Place }> {
  const due = new Map<EvidenceId, Due>();
  let next = after;
  for (let page = 0; page < pages && due.size < round; page += 1) {
    const used = await usedAfter(ports, next);
    for (const each of await dueOf(ports, used.map(({ personId }) => personId), seconds)) due.set(each.id, each);
    const last = used.at(-1);
    if (last === undefined || used.length < round) return { due: [...due.values()], next: start };
    next = { usedAt: toSeconds(last.lastUsedAt ?? new Date(0)), id: last.id };
  }
  return { due: [...due.values()], next };
}

function usedAfter({ storage, clock }: ProviderPorts, { usedAt, id }: Place): Promise<{ id: string; personId: string; lastUsedAt: Date | null }[]> {
  return storage.read.passkey.findMany({
    where: { state: "active", lastUsedAt: { gte: toDate(Math.max(usedAt, clock() - recently)) }, NOT: { lastUsedAt: toDate(usedAt), id: { lte: id } } },
    select: { id: true, personId: true, lastUsedAt: true },
    orderBy: [{ lastUsedAt: "asc" }, { id: "asc" }],
    take: round,
  });
}

async function dueOf({ storage, clock }: ProviderPorts, people: string[], seconds: number): Promise<Due[]> {
  const now = clock();
  // By the person alone: with more to go by, the database goes through everything that has not expired.
  const rows = await storage.read.evidence.findMany({
    where: { personId: { in: people } },
    select: { id: true, personId: true, kind: true, supersededById: true, endedAt: true, status: true, expiresAt: true, statusCheckedAt: true, person: { select: { state: true } } },
  });
  return rows
    .filter(({ kind, supersededById, endedAt, status, person }) => kind === "jpki_user_authentication" && supersededById === null && endedAt === null && status !== "revoked" && person.state === "active")
    .filter(({ expiresAt, statusCheckedAt }) => toSeconds(expiresAt) >= now && toSeconds(statusCheckedAt) <= now - seconds)
    .map(({ id, personId }) => ({ id: asIdentifier(id), personId: asIdentifier(personId) }));
}

async function recheckOne(ports: ProviderPorts, { id, personId }: Due, seconds: number): Promise<void> {
  const person = await findPerson(ports.storage.read, personId);
  const evidence = person?.evidence.find((each) => each.id === id);
  if (person !== null && evidence !== undefined) await refreshed(ports, person, seconds, evidence);
}
