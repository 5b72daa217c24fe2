import { asIdentifier, type PasskeyId, type PersonId } from "../../src/identifiers.ts";
import {
  bindEvidence, bindPasskey, changePerson, currentEvidence, endLink, enrolling, erasePerson, findPerson, forceRecovery, holdPerson, maySignIn, type PersonRecord,
  recordStatus, recoverPerson, releasePerson, removePasskey, renewPseudonym, restorePasskeys, surrenderPhone, suspendPasskey,
} from "../../src/people/index.ts";
import type { Storage } from "../../src/storage/index.ts";
import { byOperator, client, policy, sector } from "./lifecycle-fixture.ts";
import { certificate, goodStatus, newPasskey, reference } from "./people-fixture.ts";

/** Where a move is made: on which person, when, and a number that picks what it is about. */
export interface Board {
  readonly storage: Storage;
  readonly person: PersonRecord;
  readonly at: number;
  readonly pick: number;
  /** Serial number of the certificate the person presented last. */
  readonly serial: string;
}

const nth = <Item>(items: readonly Item[], pick: number): Item | undefined => items[pick % Math.max(1, items.length)];
const none = asIdentifier<PasskeyId>("none");
const passkeyId = ({ person, pick }: Board): PasskeyId => nth(person.passkeys, pick)?.id ?? none;
const common = ({ person, at }: Board): { personId: PersonId; at: number; policy: typeof policy } => ({ personId: person.id, at, policy });

/** A certificate is only accepted while it is good: its status was just asked for. */
const verified = (serial: string, at: number, predecessor: string | null): ReturnType<typeof certificate> => {
  const made = certificate(serial, { verifiedAt: at, status: { ...goodStatus, thisUpdate: at, checkedAt: at }, predecessor: predecessor === null ? null : reference(predecessor) });
  return { ...made, facts: { ...made.facts, expiresAt: at + 86_400 * 30 } };
};

async function addPasskey(board: Board, recovering: boolean): Promise<void> {
  const { storage, person, at } = board;
  await storage.transaction(async (transaction) => {
    const evidence = currentEvidence(person);
    // What the enrolment asks before it makes a passkey.
    if (evidence?.status.status !== "good" || (!maySignIn(person) && !recovering)) return;
    const bind = (): Promise<PasskeyId> =>
      bindPasskey(transaction, person.id, newPasskey(), { boundAt: at, boundBy: evidence.id, boundByKind: evidence.kind, ial: 3, aal: 3, device: "same" }, "active");
    if (recovering) await recoverPerson(transaction, { ...common(board), keep: [] }, bind);
    else await changePerson(transaction, { ...common(board), initiator: "user", reason: "passkey_added" }, bind);
  });
}

async function answer({ storage, person, at, pick }: Board, status: "good" | "revoked" | "hold" | "unknown"): Promise<void> {
  const evidence = nth(person.evidence, pick);
  if (evidence === undefined) return;
  const answered = { status, source: "ocsp", thisUpdate: at, checkedAt: at, answer: null } as const;
  await storage.transaction((transaction) => recordStatus(transaction, { sealing: storage.sealing, policy }, person, evidence.id, answered));
}

const present = ({ storage, at }: Board, serial: string, predecessor: string | null): Promise<unknown> =>
  storage.transaction((transaction) => bindEvidence(transaction, { sealing: storage.sealing, policy }, verified(serial, at, predecessor), enrolling));

/** Everything that can happen to a person. Each may be refused. */
export const moves = {
  hold: (board: Board) => holdPerson(board.storage, { ...common(board), by: "person", liftedBy: "signature" }),
  holdByOperator: (board: Board) => holdPerson(board.storage, { ...common(board), ...byOperator, liftedBy: "operator" }),
  release: (board: Board) => board.storage.transaction((transaction) => releasePerson(transaction, { ...common(board), by: "person" })),
  releaseByOperator: (board: Board) => board.storage.transaction((transaction) => releasePerson(transaction, { ...common(board), ...byOperator })),
  suspend: (board: Board) => suspendPasskey(board.storage, { ...common(board), passkeyId: passkeyId(board) }),
  restore: (board: Board) => board.storage.transaction((transaction) => restorePasskeys(transaction, { ...common(board), which: "all" })),
  surrender: (board: Board) => surrenderPhone(board.storage, { ...common(board), passkeyId: passkeyId(board) }),
  endLink: (board: Board) => endLink(board.storage, { ...common(board), evidenceId: nth(board.person.evidence, board.pick)?.id ?? asIdentifier("none"), by: { passkeyId: null, signedWith: null } }),
  renewPseudonym: (board: Board) => renewPseudonym(board.storage, { personId: board.person.id, at: board.at, sector, clients: [client] }),
  forceRecovery: (board: Board) => forceRecovery(board.storage, { ...common(board), operator: byOperator.operator, reason: byOperator.reason }),
  erase: (board: Board) => erasePerson(board.storage, { ...common(board), by: "person" }),
  addPasskey: (board: Board) => addPasskey(board, false),
  recover: (board: Board) => addPasskey(board, true),
  removePasskey: (board: Board) => board.storage.transaction((transaction) => removePasskey(transaction, policy, board.person, passkeyId(board), board.at)),
  good: (board: Board) => answer(board, "good"),
  revoked: (board: Board) => answer(board, "revoked"),
  onHold: (board: Board) => answer(board, "hold"),
  unknown: (board: Board) => answer(board, "unknown"),
  presentAgain: (board: Board) => present(board, board.serial, null),
  renewCertificate: (board: Board) => present(board, `${board.serial}+`, board.serial),
} as const satisfies Record<string, (board: Board) => Promise<unknown>>;

export type Move = keyof typeof moves;

/** The person as anybody would find it after a move. */
export async function after({ storage, person }: Board): Promise<PersonRecord> {
  const found = await findPerson(storage.read, person.id);
  if (found === null) throw new Error("a person never goes without a trace");
  return found;
}
