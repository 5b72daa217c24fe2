import type { Context } from "koa";
import { randomBytes, toBase64Url } from "../bytes.ts";
import { Refusal } from "../errors.ts";
import type { PersonId } from "../identifiers.ts";
import { evidenceState, findPerson, type PersonRecord } from "../people/index.ts";
import { type AuthenticationFacts, livingPerson } from "../provider/index.ts";
import type { SignedIn } from "./passkey-sign-in.ts";
import { cookieName, cookieOptions } from "./cookies.ts";
import type { WebPorts } from "./ports.ts";

const cookie = "jpki_account";
const model = "AccountSession";
const life = 30 * 60;

interface Stored {
  readonly personId: PersonId;
  readonly facts: AuthenticationFacts;
}

/** The session of the account page: its own, short, and begun by a passkey or by this person's own proof. */
export interface AccountSession {
  readonly person: PersonRecord;
  readonly facts: AuthenticationFacts;
}

/** In place of the browser's earlier one, which ends: whoever kept its cookie is out. */
export async function beginAccountSession(ctx: Context, ports: WebPorts, personId: PersonId, facts: AuthenticationFacts): Promise<void> {
  await forgetSession(ctx, ports);
  const secret = toBase64Url(randomBytes(32));
  await ports.storage.artifacts.put(model, secret, { personId, facts } satisfies Stored, { expiresAt: ports.clock() + life, accountId: personId });
  ctx.cookies.set(cookieName(ports, cookie), secret, { ...cookieOptions(ports), sameSite: "strict" });
}

/** Begins one by a passkey that was just used, and writes down that it did: somebody else may have. */
export async function openAccountSession(ctx: Context, ports: WebPorts, { person, passkey, at }: SignedIn): Promise<void> {
  await ports.storage.recordReceipt({ kind: "account_opened", at, personId: person.id, detail: { passkey: passkey.id } });
  await beginAccountSession(ctx, ports, person.id, { passkeyId: passkey.id, passkey: { userVerified: true, at }, signature: null });
}

/** The session of this browser, or null. */
export async function findAccountSession(ctx: Context, ports: WebPorts): Promise<AccountSession | null> {
  const secret = ctx.cookies.get(cookieName(ports, cookie));
  if (secret === undefined || secret.length !== 43) return null;
  const found = await ports.storage.artifacts.find(model, secret);
  if (found === null || found.expiresAt <= ports.clock()) return null;
  const { personId, facts } = found.payload as Stored;
  const person = await livingPerson(ports.providerPorts, personId, ports.providerPorts.statusRefresh);
  return person !== null && stillCounts(person, facts, ports.clock()) ? { person, facts } : null;
}

/** Whether what a session was begun by still speaks for the person, who may be here. */
function stillCounts({ state, passkeys, evidence }: PersonRecord, { passkeyId, signature }: AuthenticationFacts, now: number): boolean {
  if (state !== "active") return false;
  if (passkeyId !== null) return passkeys.some((passkey) => passkey.id === passkeyId && passkey.state === "active");
  return evidence.some((each) => each.id === signature?.evidence && evidenceState(each, now) !== "ended");
}

/**
 * Goes on after something ended every session of the person, if what this one was begun by still counts.
 * @returns whether it does.
 */
export async function continueAccountSession(ctx: Context, ports: WebPorts, { person: { id }, facts }: AccountSession): Promise<boolean> {
  const person = await findPerson(ports.storage.read, id);
  if (person === null || !stillCounts(person, facts, ports.clock())) {
    await endAccountSession(ctx, ports);
    return false;
  }
  await beginAccountSession(ctx, ports, id, facts);
  return true;
}

const freshFor = 5 * 60;

/** Whether the person showed a passkey or a certificate within five minutes: what cannot be undone at once asks for it. */
export function isFresh({ facts: { passkey, signature } }: AccountSession, now: number): boolean {
  return now - Math.max(passkey?.at ?? 0, signature?.at ?? 0) <= freshFor;
}

/** @throws Refusal `sign_in_required`. */
export async function requireAccountSession(ctx: Context, ports: WebPorts): Promise<AccountSession> {
  const session = await findAccountSession(ctx, ports);
  if (session === null) throw new Refusal("sign_in_required", "no account session");
  return session;
}

export async function endAccountSession(ctx: Context, ports: WebPorts): Promise<void> {
  await forgetSession(ctx, ports);
  ctx.cookies.set(cookieName(ports, cookie), null, { ...cookieOptions(ports), sameSite: "strict" });
}

async function forgetSession(ctx: Context, ports: WebPorts): Promise<void> {
  const secret = ctx.cookies.get(cookieName(ports, cookie));
  if (secret !== undefined) await ports.storage.artifacts.remove(model, secret);
}
