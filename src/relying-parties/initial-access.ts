import { equalSecrets, randomBytes, toBase64Url, utf8 } from "../bytes.ts";
import { Refusal } from "../errors.ts";
import { newIdentifier } from "../identifiers.ts";
import { appendReceipt, type ArtifactStore, type Storage } from "../storage/index.ts";
import type { RegistrationPolicy } from "./client-metadata.ts";

const model = "InitialAccess";
/** All of them belong to the operator. */
const account = "operator";

/** By which somebody may register relying parties without the operator (RFC 7591 1.2). */
export interface InitialAccess {
  readonly id: string;
  readonly usesLeft: number;
  readonly policy: RegistrationPolicy;
  /** Seconds since the epoch. */
  readonly expiresAt: number;
}

interface Payload extends Omit<InitialAccess, "expiresAt"> {
  readonly secret: string;
}

export const longestInitialAccess = 90 * 24 * 60 * 60;
const mostUses = 10_000;

/** Issues an initial access token, told this one time. @throws Refusal `invalid_request` for what cannot be. */
export async function issueInitialAccess(storage: Storage, { uses, life, policy }: { uses: number; life: number; policy: RegistrationPolicy }, now: number): Promise<{ token: string; access: InitialAccess }> {
  if (!Number.isSafeInteger(uses) || uses < 1 || uses > mostUses) throw new Refusal("invalid_request", `uses: 1 to ${mostUses}`);
  if (!Number.isSafeInteger(life) || life < 1 || life > longestInitialAccess) throw new Refusal("invalid_request", `life: 1 to ${longestInitialAccess} seconds`);
  const secret = toBase64Url(randomBytes(32));
  const access: InitialAccess = { id: newIdentifier(), usesLeft: uses, policy, expiresAt: now + life };
  await storage.transaction(async ({ data, artifacts }) => {
    await artifacts.put(model, access.id, { id: access.id, usesLeft: uses, policy, secret } satisfies Payload, { expiresAt: access.expiresAt, accountId: account });
    await appendReceipt(data, { kind: "initial_access_issued", at: now, personId: null, detail: { initial_access: access.id, uses, expires_at: access.expiresAt } });
  });
  return { token: `${access.id}.${secret}`, access };
}

/** Those that still count. */
export async function listInitialAccess(storage: Storage, now: number): Promise<InitialAccess[]> {
  const found = await storage.artifacts.listByAccount(model, account, now);
  return found.map(({ payload, expiresAt }) => {
    const { secret: _secret, ...rest } = payload as Payload;
    return { ...rest, expiresAt };
  }).filter(({ usesLeft }) => usesLeft > 0);
}

/** @throws Refusal `not_found`. */
export async function revokeInitialAccess(storage: Storage, id: string, now: number): Promise<void> {
  await storage.transaction(async ({ data, artifacts }) => {
    if ((await artifacts.find(model, id)) === null) throw new Refusal("not_found", "no such initial access token");
    await artifacts.remove(model, id);
    await appendReceipt(data, { kind: "initial_access_revoked", at: now, personId: null, detail: { initial_access: id } });
  });
}

/** Takes one use of a token, inside the transaction of what it is used for. @throws Refusal `invalid_token`. */
export async function useInitialAccess(artifacts: ArtifactStore, token: string, now: number): Promise<{ id: string; policy: RegistrationPolicy }> {
  const [id = "", secret = ""] = token.split(".");
  const found = await artifacts.find(model, id);
  const payload = found === null || found.expiresAt <= now ? null : (found.payload as Payload);
  if (found === null || payload === null || !equalSecrets(utf8(payload.secret), utf8(secret)) || payload.usesLeft < 1) throw new Refusal("invalid_token", "initial access token");
  const taken = await artifacts.replace(model, id, found.version, { ...payload, usesLeft: payload.usesLeft - 1 });
  if (!taken) throw new Refusal("invalid_token", "initial access token");
  return { id, policy: payload.policy };
}
