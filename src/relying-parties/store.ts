import { Refusal } from "../errors.ts";
import { asIdentifier, type ClientId } from "../identifiers.ts";
import { appendReceipt, type Storage, toDate, toSeconds, type Transaction } from "../storage/index.ts";
import { withLiveKeys } from "./key-rotation.ts";
import type { RelyingPartyMetadata } from "./registration.ts";
import { clearRemains } from "./removal.ts";
import { newSecret, openSecrets, sealSecrets } from "./secrets.ts";

export interface RelyingParty {
  readonly clientId: ClientId;
  /** With `client_secret` where there is one. */
  readonly metadata: RelyingPartyMetadata;
  readonly createdAt: number;
  /** The second until which the secret before the present one counts, where there is one. */
  readonly earlierSecretUntil?: number;
}

/** A registered relying party with its secret opened, or null. */
export async function findRelyingParty(storage: Storage, clientId: ClientId): Promise<RelyingParty | null> {
  const row = await storage.read.lookups.relyingParty(clientId);
  return row === null ? null : relyingPartyOf(storage, row);
}

/** The same with those of its keys alone that count at `now`. */
export async function findRelyingPartyAt(storage: Storage, clientId: ClientId, now: number): Promise<RelyingParty | null> {
  const found = await findRelyingParty(storage, clientId);
  return found === null ? null : { ...found, metadata: withLiveKeys(found.metadata, now) };
}

/** Every relying party, by client id; without secrets. */
export async function listRelyingParties(storage: Storage): Promise<RelyingParty[]> {
  const rows = await storage.read.relyingParty.findMany({ orderBy: { clientId: "asc" } });
  return rows.map((row) => relyingPartyOf(storage, { ...row, sealedSecret: null }));
}

function relyingPartyOf(storage: Storage, row: { clientId: string; metadata: string; sealedSecret: Uint8Array | null; createdAt: Date }): RelyingParty {
  const metadata = JSON.parse(row.metadata) as RelyingPartyMetadata;
  const secrets = row.sealedSecret === null ? null : openSecrets(storage, row.clientId, row.sealedSecret);
  return {
    clientId: row.clientId as ClientId,
    metadata: secrets === null ? metadata : { ...metadata, client_secret: secrets.current },
    createdAt: toSeconds(row.createdAt),
    ...(secrets !== null && secrets.earlier !== null && { earlierSecretUntil: secrets.earlier.until }),
  };
}

/**
 * Registers a relying party. A secret is made for `client_secret_basic` and returned this one time.
 * @throws Refusal `invalid_request` when the client id is taken.
 */
export async function addRelyingParty(storage: Storage, metadata: RelyingPartyMetadata, now: number): Promise<{ secret: string | null }> {
  // Of one that had the same id, and whose removal was interrupted.
  await clearRemains(storage, asIdentifier(metadata.client_id));
  return storage.transaction((transaction) => addWithin(transaction, storage, metadata, now));
}

/** The same inside a transaction; `detail` goes into the receipt besides. */
export async function addWithin({ data }: Transaction, storage: Storage, metadata: RelyingPartyMetadata, now: number, detail: Readonly<Record<string, string>> = {}): Promise<{ secret: string | null }> {
  const secret = metadata.token_endpoint_auth_method === "client_secret_basic" ? newSecret() : null;
  const taken = await data.relyingParty.findUnique({ where: { clientId: metadata.client_id }, select: { clientId: true } });
  // A token that a client is given for itself names it where a person's names the person (RFC 9068 5).
  const somebody = await data.pairwiseSubject.findUnique({ where: { subject: metadata.client_id }, select: { personId: true } });
  if (taken !== null || somebody !== null) throw new Refusal("invalid_request", `client_id ${metadata.client_id} is taken`);
  const sealedSecret = secret === null ? null : sealSecrets(storage, metadata.client_id, { current: secret, earlier: null });
  await data.relyingParty.create({
    data: { clientId: metadata.client_id, metadata: JSON.stringify(metadata), sealedSecret, createdAt: toDate(now), updatedAt: toDate(now) },
  });
  await appendReceipt(data, { kind: "relying_party_added", at: now, personId: null, detail: { client: metadata.client_id, ...detail } });
  return { secret };
}

/** Changes what is registered; the secret stays. @throws Refusal `not_found`. */
export async function updateRelyingParty(storage: Storage, metadata: RelyingPartyMetadata, now: number): Promise<void> {
  await storage.transaction(async ({ data }) => {
    const { count } = await data.relyingParty.updateMany({ where: { clientId: metadata.client_id }, data: { metadata: JSON.stringify(metadata), updatedAt: toDate(now) } });
    if (count === 0) throw new Refusal("not_found", `no relying party ${metadata.client_id}`);
    await appendReceipt(data, { kind: "relying_party_changed", at: now, personId: null, detail: { client: metadata.client_id } });
  });
}
