import { refuse, type Refused } from "../errors.ts";
import { appendReceipt, type Reader, type Storage } from "../storage/index.ts";
import type { MetadataBlob } from "./metadata-blob.ts";

/** What the audit log remembers of metadata: which BLOB was taken last, and which models were called compromised. */

type Receipts = Pick<Reader, "receipt">;

/** The BLOB that was taken last; `null` before the first. */
type LastTaken = Pick<MetadataBlob, "number" | "digest"> | null;

/** Kept in the audit log, so that neither a restart nor another file beside the database forgets it. */
export async function lastTaken({ receipt }: Receipts): Promise<LastTaken> {
  const row = await receipt.findFirst({ where: { personId: null, kind: "metadata_adopted" }, orderBy: { sequence: "desc" }, select: { detail: true } });
  if (row === null) return null;
  const { number, payload_sha256 } = JSON.parse(row.detail) as { number: number; payload_sha256: string };
  return { number, digest: payload_sha256 };
}

/** Whether a BLOB may follow the one taken last: its number is higher, or it is that one again (FIDO MDS 3.2). */
export function refusalOfNumber(last: LastTaken, { number, digest }: Pick<MetadataBlob, "number" | "digest">): Refused | null {
  if (last === null || number > last.number || (number === last.number && digest === last.digest)) return null;
  return refuse("metadata_number_regressed", number === last.number ? "another payload of the same number" : "no");
}

/** Writes down that a BLOB was taken, once; the refusal of {@link refusalOfNumber}, should another process have been quicker. */
export async function recordAdoption(storage: Storage, blob: MetadataBlob, at: number): Promise<Refused | null> {
  return storage.transaction(async ({ data }) => {
    const last = await lastTaken(data);
    const refusal = refusalOfNumber(last, blob);
    if (refusal !== null || blob.number === last?.number) return refusal;
    const detail = { number: blob.number, payload_sha256: blob.digest, models: blob.models.size };
    await appendReceipt(data, { kind: "metadata_adopted", at, personId: null, detail });
    return null;
  });
}

/** A model that is called compromised now and was not, or the other way round. */
export interface ModelChange {
  readonly aaguid: string;
  readonly status: "unknown" | "good" | "bad";
  /** Active passkeys of the model. */
  readonly passkeys: number;
}

/**
 * Writes a receipt for each model whose state differs from what the audit log last said of it, of the
 * models that somebody's passkey is on.
 * @param compromised - AAGUIDs of all models that count as compromised at `at`.
 */
export async function recordModelChanges(
  storage: Storage,
  compromised: readonly string[],
  statusOf: (aaguid: string) => ModelChange["status"],
  at: number,
): Promise<readonly ModelChange[]> {
  const differs = async (receipts: Receipts): Promise<string[]> => {
    const told = await toldCompromised(receipts);
    return [...compromised.filter((aaguid) => !told.has(aaguid)), ...[...told].filter((aaguid) => !compromised.includes(aaguid))];
  };
  const suspected = await differs(storage.read);
  // Most of the time nobody has any of them: then no writer has to wait.
  if ((await storage.read.passkey.count({ where: { aaguid: { in: suspected }, state: "active" } })) === 0) return [];
  return storage.transaction(async ({ data }) => {
    const changes: ModelChange[] = [];
    for (const aaguid of await differs(data)) {
      const passkeys = await data.passkey.count({ where: { aaguid, state: "active" } });
      if (passkeys === 0) continue;
      const change = { aaguid, status: statusOf(aaguid), passkeys };
      await appendReceipt(data, { kind: "metadata_status_changed", at, personId: null, detail: { ...change } });
      changes.push(change);
    }
    return changes;
  });
}

async function toldCompromised({ receipt }: Receipts): Promise<ReadonlySet<string>> {
  const rows = await receipt.findMany({ where: { personId: null, kind: "metadata_status_changed" }, orderBy: { sequence: "asc" }, select: { detail: true } });
  const compromised = new Set<string>();
  for (const { detail } of rows) {
    const { aaguid, status } = JSON.parse(detail) as ModelChange;
    if (status === "bad") compromised.add(aaguid);
    else compromised.delete(aaguid);
  }
  return compromised;
}
