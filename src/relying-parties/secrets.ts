import { equalSecrets, randomBytes, toBase64Url, utf8 } from "../bytes.ts";
import { Refusal } from "../errors.ts";
import type { ClientId } from "../identifiers.ts";
import { appendReceipt, type Storage, toDate } from "../storage/index.ts";

/** The client secrets that count: one, or two while the relying party goes from one to the next. */
export interface ClientSecrets {
  readonly current: string;
  /** The one before, and the second from which it counts no more. */
  readonly earlier: { readonly secret: string; readonly until: number } | null;
}

/** Longest time, in seconds, for which two secrets or keys count side by side. */
export const longestOverlap = 90 * 24 * 60 * 60;

export const newSecret = (): string => toBase64Url(randomBytes(32));

const context = (clientId: string): string => `relying_party/${clientId}/secret`;

/** Sealed as one line a secret: the current one, then the earlier one with the second until which it counts. */
export function sealSecrets({ sealing }: Storage, clientId: string, { current, earlier }: ClientSecrets): Uint8Array<ArrayBuffer> {
  return sealing.seal(utf8(earlier === null ? current : `${current}\n${earlier.secret} ${earlier.until}`), context(clientId));
}

/** @throws when they were altered or belong to another relying party. */
export function openSecrets({ sealing }: Storage, clientId: string, sealed: Uint8Array): ClientSecrets {
  const [current = "", line] = new TextDecoder().decode(sealing.open(sealed, context(clientId))).split("\n");
  const [secret = "", until = ""] = line?.split(" ") ?? [];
  return { current, earlier: line === undefined ? null : { secret, until: Number(until) } };
}

/** Whether a secret that was presented is one that counts now. Takes the same time whichever it is, and when it is none. */
export async function isClientSecret(storage: Storage, clientId: ClientId, presented: string, now: number): Promise<boolean> {
  const row = await storage.read.lookups.relyingParty(clientId);
  if (row === null || row.sealedSecret === null) return false;
  const { current, earlier } = openSecrets(storage, clientId, row.sealedSecret);
  const isCurrent = equalSecrets(utf8(current), utf8(presented));
  const isEarlier = equalSecrets(utf8(earlier?.secret ?? current), utf8(presented));
  return isCurrent || (isEarlier && earlier !== null && now < earlier.until);
}

/**
 * Makes a new secret, returned this one time; the one before counts for `overlap` seconds more, and
 * one from before that no longer.
 * @throws Refusal `not_found`; `invalid_request` when the relying party has no secret, or for an overlap that cannot be.
 */
export async function rotateSecret(storage: Storage, clientId: ClientId, overlap: number, now: number): Promise<{ secret: string; earlierUntil: number }> {
  if (!Number.isSafeInteger(overlap) || overlap < 0 || overlap > longestOverlap) throw new Refusal("invalid_request", `overlap: 0 to ${longestOverlap} seconds`);
  const secret = newSecret();
  const earlierUntil = now + overlap;
  await changeSecrets(storage, clientId, now, "relying_party_secret_rotated", ({ current }) => ({ current: secret, earlier: overlap === 0 ? null : { secret: current, until: earlierUntil } }));
  return { secret, earlierUntil };
}

/** Ends the earlier secret before its time. @throws Refusal as {@link rotateSecret}. */
export async function retireSecret(storage: Storage, clientId: ClientId, now: number): Promise<void> {
  await changeSecrets(storage, clientId, now, "relying_party_secret_retired", ({ current }) => ({ current, earlier: null }));
}

async function changeSecrets(storage: Storage, clientId: ClientId, now: number, kind: string, change: (secrets: ClientSecrets) => ClientSecrets): Promise<void> {
  await storage.transaction(async ({ data }) => {
    const row = await data.relyingParty.findUnique({ where: { clientId }, select: { sealedSecret: true } });
    if (row === null) throw new Refusal("not_found", `no relying party ${clientId}`);
    if (row.sealedSecret === null) throw new Refusal("invalid_request", `${clientId} has no secret: it authenticates in another way`);
    const changed = change(openSecrets(storage, clientId, row.sealedSecret));
    await data.relyingParty.update({ where: { clientId }, data: { sealedSecret: sealSecrets(storage, clientId, changed), updatedAt: toDate(now) } });
    await appendReceipt(data, { kind, at: now, personId: null, detail: { client: clientId, ...(changed.earlier !== null && { earlier_until: changed.earlier.until }) } });
  });
}
