import type { Context } from "koa";
import type { RelyingParty } from "../../views/context.ts";
import { type KeepablePasskey, recoveryStartPage, type RecoveryStartContext } from "../../views/pages/index.ts";
import { Refusal } from "../errors.ts";
import { asIdentifier, type EvidenceId, type PasskeyId } from "../identifiers.ts";
import type { PersonRecord } from "../people/index.ts";
import { type AuthenticationFacts, withSignature } from "../provider/index.ts";
import { type AccountSession, requireAccountSession } from "./account-session.ts";
import { modelView } from "./authenticator-model.ts";
import { likelyPhone, sendPage } from "./context.ts";
import type { EnrolmentPlace } from "./enrolment-pages.ts";
import { passkeyNumber } from "./passkey-number.ts";
import type { WebPorts } from "./ports.ts";

/** Seconds within which something was presented just now. */
const lately = 5 * 60;

const isLate = (at: number | undefined, now: number): boolean => at === undefined || at > now || now - at > lately;

/** Whether the person used a passkey in this session just now. */
export const usedPasskeyLately = ({ facts }: AccountSession, now: number): boolean => !isLate(facts.passkey?.at, now);

type Presented = NonNullable<AuthenticationFacts["signature"]>;
/** The certificate that was presented to be renewed is remembered by itself: a signature made for anything else does not say that. */
interface PresentedFacts extends AuthenticationFacts {
  readonly presented: Presented;
}

/** The facts after a certificate was presented to be renewed. */
export const withPresented = (before: AuthenticationFacts, presented: Presented): PresentedFacts => ({ ...withSignature(before, presented), presented });

/** The certificate that the person presented just now to be renewed, shortly after they used a passkey in this session. */
export function presentedLately({ facts }: AccountSession, now: number): EvidenceId | null {
  const { presented, passkey } = facts as Partial<PresentedFacts>;
  if (presented === undefined || isLate(presented.at, now) || isLate(passkey?.at, presented.at)) return null;
  return asIdentifier<EvidenceId>(presented.evidence);
}

interface Start {
  readonly purpose: RecoveryStartContext["purpose"];
  readonly startUrl: string;
  readonly party?: RelyingParty;
}

/** The page where a recovery, a hold or a release begins; who is freshly signed in may keep passkeys. */
export function showRecoveryStart(ctx: Context, ports: WebPorts, begin: Start, session: AccountSession | null): void {
  const mayKeep = begin.purpose === "recover" && session !== null && usedPasskeyLately(session, ports.clock());
  const keepable = mayKeep ? keepablePasskeys(ctx, ports, session.person) : [];
  sendPage(ctx, ports, recoveryStartPage, { ...begin, waysUrl: "/recovery", likelyPhone: likelyPhone(ctx), ...(keepable.length > 0 && { keepable }), ...(begin.purpose === "recover" && { reviewUrl: "/recovery/review" }) });
}

const keepablePasskeys = (ctx: Context, ports: WebPorts, person: PersonRecord): readonly KeepablePasskey[] =>
  person.passkeys.filter(({ state }) => state === "active").map((passkey) => {
    const { id, name, lastUsedAt, authenticator } = passkey;
    const model = modelView(ctx, ports, authenticator.aaguid);
    return { id, number: passkeyNumber(person, passkey), ...(name !== "" && { name }), ...(model !== null && { model: model.name }), ...(lastUsedAt !== null && { lastUsedAt }) };
  });

/**
 * The passkeys that the person chose to keep, and who that is: whoever proves must be the same. Only who
 * used a passkey just now may choose: whoever found an open browser would keep theirs.
 * @throws Refusal `sign_in_required`, `invalid_request` for a passkey that is not the person's.
 */
export async function chosenToKeep(ctx: Context, ports: WebPorts): Promise<Pick<EnrolmentPlace, "signedIn" | "keep">> {
  const chosen = [((ctx.request.body ?? {}) as { keep?: unknown }).keep ?? []].flat();
  if (chosen.length === 0) return { signedIn: null, keep: [] };
  const session = await requireAccountSession(ctx, ports);
  if (!usedPasskeyLately(session, ports.clock())) throw new Refusal("sign_in_required", "no passkey used just now");
  const active = session.person.passkeys.filter(({ state }) => state === "active").map(({ id }) => id);
  if (!chosen.every((id): id is PasskeyId => active.some((each) => each === id))) throw new Refusal("invalid_request", "keep: passkeys of this person");
  return { signedIn: session.person.id, keep: chosen };
}
