import type { Context } from "koa";
import { randomBytes, toBase64Url } from "../bytes.ts";
import { Refusal } from "../errors.ts";
import type { PersonId } from "../identifiers.ts";
import type { PersonRecord } from "../people/index.ts";
import { type AuthenticationFacts, livingPerson } from "../provider/index.ts";
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

export async function beginAccountSession(ctx: Context, ports: WebPorts, personId: PersonId, facts: AuthenticationFacts): Promise<void> {
  const secret = toBase64Url(randomBytes(32));
  await ports.storage.artifacts.put(model, secret, { personId, facts } satisfies Stored, { expiresAt: ports.clock() + life, accountId: personId });
  ctx.cookies.set(cookieName(ports, cookie), secret, { ...cookieOptions(ports), sameSite: "strict" });
}

/** The session of this browser, or null. */
export async function findAccountSession(ctx: Context, ports: WebPorts): Promise<AccountSession | null> {
  const secret = ctx.cookies.get(cookieName(ports, cookie));
  if (secret === undefined || secret.length !== 43) return null;
  const found = await ports.storage.artifacts.find(model, secret);
  if (found === null || found.expiresAt <= ports.clock()) return null;
  const { personId, facts } = found.payload as Stored;
  const person = await livingPerson(ports.providerPorts, personId, ports.providerPorts.statusRefresh);
  if (person === null || person.state !== "active") return null;
  const usable = facts.passkeyId === null || person.passkeys.some(({ id, state }) => id === facts.passkeyId && state === "active");
  return usable ? { person, facts } : null;
}

/** @throws Refusal `sign_in_required`. */
export async function requireAccountSession(ctx: Context, ports: WebPorts): Promise<AccountSession> {
  const session = await findAccountSession(ctx, ports);
  if (session === null) throw new Refusal("sign_in_required", "no account session");
  return session;
}

export async function endAccountSession(ctx: Context, ports: WebPorts): Promise<void> {
  const secret = ctx.cookies.get(cookieName(ports, cookie));
  if (secret !== undefined) await ports.storage.artifacts.remove(model, secret);
  ctx.cookies.set(cookieName(ports, cookie), null, { ...cookieOptions(ports), sameSite: "strict" });
}
