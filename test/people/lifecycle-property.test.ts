import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Refusal } from "../../src/errors.ts";
import { type AnnouncedEvent, currentEvidence, differences, type LifecycleEvent, maySignIn, type PersonRecord } from "../../src/people/index.ts";
import { assuranceOf } from "../../src/provider/levels.ts";
import { type Storage, verifyReceipts } from "../../src/storage/index.ts";
import { artifactModels, artifactsOf, policy, sector, somebody } from "./lifecycle-fixture.ts";
import { after, type Board, type Move, moves } from "./lifecycle-moves.ts";
import { now } from "./people-fixture.ts";
import { freshStorage } from "../storage/temporary.ts";

/**
 * Random lives of two people: whatever happened before, nobody signs in who may not, no level stands above
 * what the evidence gives, every change has its receipt, the chain holds, and services hear what differs.
 * LIVES=1000 looks at more of them.
 */

const step = fc.record({
  move: fc.constantFrom(...(Object.keys(moves) as Move[])),
  who: fc.nat(1),
  pick: fc.nat(5),
  later: fc.constantFrom(1, 60, 3600, 86_400, 86_400 * 20),
});

/** Everything on record of a person but when a status was asked for, and what was answered again. */
async function onRecord({ read }: Storage, person: PersonRecord): Promise<string> {
  const evidence = (await read.evidence.findMany({ where: { personId: person.id }, orderBy: { id: "asc" } })).map(({ statusThisUpdate: _1, statusCheckedAt: _2, statusAnswerDigest: _3, ...rest }) => rest);
  const where = { personId: person.id };
  const rest = [person.state, person.recoveredAt, person.sessionsEndedAt, person.grantsEndedAt, person.passkeys.map(({ id, state }) => [id, state]), await read.pairwiseSubject.findMany({ where })];
  return JSON.stringify([evidence, rest]);
}

/** The number of the last row. */
const lastSequence = async (table: Pick<Storage["read"]["receipt"], "findFirst"> | Pick<Storage["read"]["announcement"], "findFirst">): Promise<number> =>
  (await (table as Storage["read"]["receipt"]).findFirst({ orderBy: { sequence: "desc" }, select: { sequence: true } }))?.sequence ?? 0;

const answers: readonly Move[] = ["good", "revoked", "onHold", "unknown"];
const statuses = ({ evidence }: PersonRecord): string => evidence.map(({ id, status }) => `${id} ${status.status}`).join();

const without = ({ reason: _reason, ...event }: LifecycleEvent): object => event;

/** What services must have heard: what differs, and of a new pseudonym. */
function expectedEvents(move: Move, before: PersonRecord, now_: PersonRecord, at: number, subject: string): object[] {
  // An answer that says the same again makes a level young again that had grown old, of which nobody was told either.
  if (answers.includes(move) && statuses(before) === statuses(now_)) return [];
  const gone = now_.state === "erased" && before.state !== "erased";
  // Announced before what connects is deleted: an erased person's certificates and passkeys are not told one by one.
  const then = gone ? { ...now_, evidence: before.evidence, passkeys: before.passkeys } : now_;
  const told = differences(before, then, "reported", at, policy).map(without);
  return move === "renewPseudonym" ? [{ kind: "identifier_changed", newSubject: subject }, { kind: "sessions_ended" }, ...told] : told;
}

async function makeMove(board: Board, move: Move): Promise<"done" | "refused"> {
  try {
    await moves[move](board);
    return "done";
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return "refused";
  }
}

/** Sessions and tokens of a sign-in, where one is possible. */
async function signIn(storage: Storage, person: PersonRecord, expiresAt: number): Promise<void> {
  if (maySignIn(person)) for (const model of artifactModels) await storage.artifacts.put(model, person.id, {}, { accountId: person.id, expiresAt });
}

/** The levels with each passkey as if it had just been used; looked at without the code that computes which evidence counts. */
async function expectHonestLevels(storage: Storage, person: PersonRecord, at: number): Promise<void> {
  const rows = await storage.read.evidence.findMany({ where: { personId: person.id, kind: "jpki_user_authentication", supersededById: null, endedAt: null, status: "good" } });
  const mayCarry = person.state === "active" && rows.some(({ expiresAt }) => expiresAt.getTime() / 1000 >= at);
  const ports = { clock: () => at, assurance: policy, metadata: { statusOf: () => "good" } } as unknown as Parameters<typeof assuranceOf>[0];
  for (const { id, state, binding } of person.passkeys) {
    const { ial, aal } = assuranceOf(ports, person, { passkeyId: id, passkey: { userVerified: true, at }, signature: null }, { authentication: "key", request: "pushed", senderConstrained: "dpop" });
    if (!mayCarry) expect(ial).toBe(1);
    expect(aal).toBeLessThanOrEqual(state === "active" ? binding.aal : 1);
  }
}

/** Who may not sign in has no session and no token that stands by itself; and who may is nobody's hold. */
async function expectNoWayIn(storage: Storage, person: PersonRecord): Promise<void> {
  const heldCertificate = currentEvidence(person)?.status.status === "hold";
  expect(maySignIn(person)).toBe(person.state === "active" && !heldCertificate);
  if (maySignIn(person)) return;
  const left = await artifactsOf({ storage, personId: person.id });
  expect(left.filter((model) => model !== "Grant" && model !== "RefreshToken")).toEqual([]);
  if (person.state === "erased" || heldCertificate) expect(left).toEqual([]);
}

const opensHold: readonly Move[] = ["release", "recover"];

describe("random lives", () => {
  test("keep every promise at every step", { timeout: 240_000 }, async () => {
    const storage = await freshStorage();
    let lives = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 16 }), async (steps) => {
        lives += 1;
        const serials = [`${lives}a`, `${lives}b`];
        const people = [await somebody(storage, serials[0]), await somebody(storage, serials[1])];
        let at = now + 600;
        for (const { move, who, pick, later } of steps) {
          at += later;
          const { personId } = people[who] ?? { personId: null };
          const person = await after({ storage, person: { id: personId } } as Board);
          await signIn(storage, person, at + 86_400 * 365);
          const board = { storage, person, at, pick, serial: serials[who] ?? "" };
          const [record, receipts, told] = [await onRecord(storage, person), await lastSequence(storage.read.receipt), await lastSequence(storage.read.announcement)];

          const outcome = await makeMove(board, move);
          if (move === "renewCertificate" && outcome === "done") serials[who] += "+";

          const since = await after(board);
          const changed = (await onRecord(storage, since)) !== record;
          const written = await storage.read.receipt.findMany({ where: { sequence: { gt: receipts } } });
          if (outcome === "refused") expect([changed, written.length]).toEqual([false, 0]);
          if (changed) expect(written.some((receipt) => receipt.personId === personId)).toBe(true);

          const subject = (await storage.read.lookups.subject(since.id, sector)) ?? "";
          const announced = await storage.read.announcement.findMany({ where: { sequence: { gt: told }, personId: since.id }, orderBy: { sequence: "asc" } });
          expect(announced.map((row) => without((JSON.parse(row.event) as AnnouncedEvent).event))).toEqual(outcome === "refused" ? [] : expectedEvents(move, person, since, at, subject));

          if (person.state === "held" && since.state === "active") expect(person.liftedBy === "operator" ? ["releaseByOperator"] : opensHold).toContain(move);
          if (person.state === "erased") expect(since.state).toBe("erased");
          await expectNoWayIn(storage, since);
          await expectHonestLevels(storage, since, at);
        }
      }),
      { numRuns: Number(process.env["LIVES"] ?? 60), endOnFailure: true },
    );
    expect((await verifyReceipts(storage.read)).fault).toBeNull();
  });
});
