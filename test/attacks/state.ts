import type { EnrolmentStatement } from "@jpki-bridge/client-sdk";
import { expect } from "vitest";
import { toHex } from "../../src/bytes.ts";
import type { ErrorCode } from "../../src/errors.ts";
import { readRows } from "../support/engine.ts";
import type { World } from "../support/world.ts";

/** All that the bridge remembers: what lasts row by row, and the artifacts by model, id and version. */
export interface State {
  readonly rows: Readonly<Record<string, readonly unknown[]>>;
  readonly artifacts: ReadonlyMap<string, string>;
}

/** The columns that an attack must not change. When a status was asked for is not among them. */
const queries = {
  person: "SELECT id, state FROM person ORDER BY id",
  evidence: "SELECT id, person_id, status, superseded_by_id FROM evidence ORDER BY id",
  passkey: "SELECT id, person_id, state, name, sign_count, last_used_at FROM passkey ORDER BY id",
  pairwiseSubject: "SELECT person_id, sector, subject FROM pairwise_subject ORDER BY subject",
  consent: "SELECT person_id, client_id, scope, claims, resources, granted_at FROM consent ORDER BY person_id, client_id",
  relyingParty: "SELECT client_id, metadata FROM relying_party ORDER BY client_id",
  providerKey: "SELECT id, retires_at FROM provider_key ORDER BY id",
  receipt: "SELECT sequence, kind, person_id, detail FROM receipt ORDER BY sequence",
} as const;

/** Proofs that were looked at are remembered whether they helped or not; leases are renewed whatever happens. */
const memories = ["DeviceProof", "ReplayDetection", "Lease"];

/** @param except models of artifacts that the attack may touch, such as the challenge that it uses up. */
export async function stateOf(world: World, except: readonly string[] = []): Promise<State> {
  const living = `SELECT model, id, version, consumed_at FROM artifact WHERE expires_at > ${world.now()}`;
  const [artifacts = [], ...found] = await readRows(world.place, [living, ...Object.values(queries)]);
  const rows = Object.fromEntries(Object.keys(queries).map((name, index) => [name, found[index] ?? []]));
  const kept = (artifacts as unknown as ArtifactRow[]).filter(({ model }) => !memories.includes(model) && !except.includes(model));
  return { rows, artifacts: new Map(kept.map(({ model, id, version, consumed_at }) => [`${model} ${toHex(id)}`, `version ${version} consumed ${String(consumed_at)}`])) };
}

interface ArtifactRow {
  readonly model: string;
  readonly id: Uint8Array;
  readonly version: number;
  readonly consumed_at: number | null;
}

/** Nothing was made, changed or ended by what lies between `before` and now. */
export async function expectUnchanged(world: World, before: State, except: readonly string[] = []): Promise<void> {
  const now = await stateOf(world, except);
  const earlier = new Map([...before.artifacts].filter(([name]) => !except.some((model) => name.startsWith(`${model} `))));
  expect(now.rows).toEqual(before.rows);
  expect(Object.fromEntries(now.artifacts)).toEqual(Object.fromEntries(earlier));
}

/** Runs an attack and checks that it left nothing behind. */
export async function unchangedBy<Result>(world: World, attack: () => Promise<Result>, except: readonly string[] = []): Promise<Result> {
  const before = await stateOf(world, except);
  const result = await attack();
  await expectUnchanged(world, before, except);
  return result;
}

/** What the receipt of a refused certificate says. Left out: the leaf's, by somebody who did not show possession. */
export interface ExpectedRefusal {
  readonly code: ErrorCode;
  /** The text, or a matcher of it. */
  readonly rule: unknown;
  readonly certificate?: string;
  readonly possession?: boolean;
  readonly medium?: "card" | "smartphone";
  readonly personId?: string;
}

/** Runs a proof that is refused: one receipt says why, and besides it and the end of the transaction nothing is left behind. */
export async function refusedBy<Result>(world: World, statement: EnrolmentStatement, attack: () => Promise<Result>, expected: ExpectedRefusal): Promise<Result> {
  const except = ["EnrolmentTransaction"];
  const before = await stateOf(world, except);
  const result = await attack();
  const known = before.rows["receipt"] ?? [];
  const added = (await stateOf(world)).rows["receipt"]?.at(-1) as ReceiptRow;
  await expectUnchanged(world, { ...before, rows: { ...before.rows, receipt: [...known, added] } }, except);
  const { personId = null, ...detail } = { certificate: "leaf", possession: false, medium: null, ...expected };
  const { purpose, client_id: client, code_hash: codeHash } = statement;
  expect({ ...added, detail: JSON.parse(added.detail) as object }).toEqual({
    sequence: added.sequence, kind: "certificate_refused", person_id: personId, detail: { ...detail, purpose, client, device: codeHash === null ? "same" : "other" },
  });
  return result;
}

interface ReceiptRow {
  readonly sequence: number;
  readonly kind: string;
  readonly person_id: string | null;
  readonly detail: string;
}

/** How many rows a table has. */
export const count = async (world: World, table: keyof typeof queries): Promise<number> => (await stateOf(world)).rows[table]?.length ?? 0;

/** The state of an enrolment transaction. */
export async function transactionState(world: World, id: string): Promise<string> {
  const found = await world.bridge.storage.artifacts.find("EnrolmentTransaction", id);
  return found === null ? "unknown" : (found.payload as { state: string }).state;
}
