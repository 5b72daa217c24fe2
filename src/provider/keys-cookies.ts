import { randomBytes, toBase64Url, toHex } from "../bytes.ts";
import { Refusal } from "../errors.ts";
import { appendReceipt, type Storage, type Transaction } from "../storage/index.ts";
import { takeUpBound } from "./keys-life.ts";
import { longestSession } from "./lifetimes.ts";

/** A key that signs the provider's cookies. Times are seconds. */
export interface CookieKey {
  readonly id: string;
  /** Base64url. */
  readonly secret: string;
  readonly createdAt: number;
  readonly signsFrom: number;
  /** Counts no more from then on, and is swept. */
  readonly expiresAt: number;
}

const model = "CookieKey";
const holder = "cookie-keys";
const hundredYears = 100 * 365 * 86_400;
/** Seconds before the first key of ours signs: nodes of the version before know only the derived one, and are upgraded by then. */
const upgradeTime = 86_400;

/** The keys, the newest first. */
export async function listCookieKeys({ artifacts }: Pick<Storage, "artifacts">, now: number): Promise<CookieKey[]> {
  const found = await artifacts.listByAccount(model, holder, now);
  return found.map(({ payload, expiresAt }) => ({ ...(payload as Omit<CookieKey, "expiresAt">), expiresAt })).sort((one, other) => other.signsFrom - one.signsFrom || (one.id < other.id ? 1 : -1));
}

/**
 * The secrets for signing cookies, the one that signs first; the others verify. The one derived from the
 * digest key, by which every cookie was signed once, counts until what it signed has ended.
 */
export function cookieSecrets(keys: readonly CookieKey[], derived: string, now: number): string[] {
  const active = keys.find(({ signsFrom }) => signsFrom <= now);
  const others = keys.filter((key) => key !== active).map(({ secret }) => secret);
  if (active === undefined) return [derived, ...others];
  const firstSigned = Math.min(...keys.map(({ signsFrom }) => signsFrom));
  return [active.secret, ...others, ...(firstSigned + takeUpBound + longestSession > now ? [derived] : [])];
}

/** Makes the first key, and its successor when it has signed for `rotateEvery` seconds. */
export async function rotateDueCookieKeys(storage: Storage, rotateEvery: number, now: number): Promise<void> {
  const [newest] = await listCookieKeys(storage, now);
  if (newest !== undefined && newest.signsFrom + rotateEvery > now) return;
  await addKey(storage, newest === undefined ? now + upgradeTime : now + takeUpBound, now, newest?.id);
}

/**
 * A new key signs cookies as soon as every running bridge knows it; the one before counts as long as sessions last.
 * @throws Refusal `invalid_request` while an earlier rotation is under way.
 */
export async function rotateCookieKey(storage: Storage, now: number): Promise<Pick<CookieKey, "id" | "signsFrom">> {
  const [newest] = await listCookieKeys(storage, now);
  const signsFrom = now + takeUpBound;
  if (newest !== undefined && newest.signsFrom > signsFrom) throw new Refusal("invalid_request", "the first key of its own is made and not yet signing");
  const id = await addKey(storage, signsFrom, now, newest?.id);
  if (id === null) throw new Refusal("invalid_request", "another rotation was faster");
  return { id, signsFrom };
}

/**
 * Takes every key out at once, also the derived one, because somebody else may have one: a new one signs, and
 * no cookie from before counts. Running bridges would refuse each other's cookies meanwhile.
 */
export async function replaceCookieKeys({ artifacts, data }: Transaction, now: number): Promise<void> {
  for (const { id } of await listCookieKeys({ artifacts }, 0)) await artifacts.remove(model, id);
  // As if it had signed since before any session that lasts.
  await putKey({ artifacts, data }, now, now - takeUpBound - longestSession);
}

/** @param expected the newest key as the caller saw it. @returns null where another was faster. */
async function addKey(storage: Storage, signsFrom: number, now: number, expected: string | undefined): Promise<string | null> {
  return storage.transaction(async ({ artifacts, data }) => {
    const [newest] = await listCookieKeys({ artifacts }, now);
    if (newest?.id !== expected) return null;
    const artifact = newest === undefined ? null : await artifacts.find(model, newest.id);
    if (newest !== undefined && artifact !== null) await artifacts.replace(model, newest.id, artifact.version, artifact.payload, { expiresAt: signsFrom + takeUpBound + longestSession });
    return putKey({ artifacts, data }, now, signsFrom);
  });
}

async function putKey({ artifacts, data }: Transaction, now: number, signsFrom: number): Promise<string> {
  const id = toHex(randomBytes(8));
  await artifacts.put(model, id, { id, secret: toBase64Url(randomBytes(32)), createdAt: now, signsFrom }, { accountId: holder, expiresAt: now + hundredYears });
  await appendReceipt(data, { kind: "cookie_key_added", at: now, personId: null, detail: { key: id, signs_from: signsFrom } });
  return id;
}
