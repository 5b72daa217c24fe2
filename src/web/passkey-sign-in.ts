import type { Context } from "koa";
import { Refusal, orThrow } from "../errors.ts";
import { newIdentifier } from "../identifiers.ts";
import { credentialIdOf, newChallenge, requestOptions, verifyAuthentication } from "../passkeys/index.ts";
import { currentEvidence, findByCredential, type PasskeyRecord, type PersonRecord } from "../people/index.ts";
import { refreshed } from "../provider/index.ts";
import { toDate } from "../storage/index.ts";
import { member, sendJson, textMember } from "./context.ts";
import type { WebPorts } from "./ports.ts";
import { mayBringAlong } from "./rate-limit.ts";

const model = "PasskeyChallenge";
const life = 300;

/** A WebAuthn challenge as it is given to a browser. */
export interface OfferedAssertion {
  readonly options: ReturnType<typeof requestOptions>;
  readonly challenge_id: string;
}

/** Gives out a WebAuthn challenge, bound to one purpose: an interaction or the account page. */
export async function offerAssertion(ctx: Context, ports: WebPorts, purpose: string): Promise<void> {
  sendJson(ctx, await makeOffer(ports, purpose));
}

/** The same for a page to bring along, which saves the browser a request; null where the address has had too many. */
export async function offerWithPage(ctx: Context, ports: WebPorts, purpose: string): Promise<OfferedAssertion | null> {
  return (await mayBringAlong(ctx)) ? makeOffer(ports, purpose) : null;
}

async function makeOffer({ storage, clock, enrolment }: WebPorts, purpose: string): Promise<OfferedAssertion> {
  const challenge = newChallenge();
  const id = newIdentifier();
  await storage.artifacts.insert(model, id, { challenge, purpose }, { expiresAt: clock() + life });
  return { options: requestOptions({ rpId: enrolment.webauthn.id, challenge }), challenge_id: id };
}

/** A person who just proved a passkey. */
export interface SignedIn {
  readonly person: PersonRecord;
  readonly passkey: PasskeyRecord;
  readonly at: number;
}

/**
 * Checks a passkey assertion. The challenge is consumed first; then the passkey must be known and
 * active, the assertion right, and the person not on hold.
 */
export async function verifyAssertion(ctx: Context, ports: WebPorts, purpose: string): Promise<SignedIn> {
  const now = ports.clock();
  const challenge = await consumeChallenge(ports, textMember(ctx, "challenge_id", 64), purpose, now);
  const response = member(ctx, "credential");
  const found = await findByCredential(ports.storage.read, orThrow(credentialIdOf(response)));
  if (found === null) throw new Refusal("passkey_unknown", "credential id");
  const { person, passkey } = found;
  const { id: rpId, origins } = ports.enrolment.webauthn;
  const assertion = orThrow(
    verifyAuthentication({
      response, challenge, origins, rpId,
      passkey: { credentialId: passkey.credentialId, publicKey: passkey.publicKey, counter: passkey.signCount, backupEligible: passkey.authenticator.backupEligible, userHandle: person.userHandle },
    }),
  );
  if (passkey.state !== "active") throw new Refusal("passkey_not_active", passkey.state);
  if (person.state === "held") throw new Refusal("person_on_hold", "held");
  if (person.state === "erased") throw new Refusal("person_erased", "erased");
  const noted = await ports.storage.recordPasskeyUse(passkey.id, { signCount: assertion.counter, backedUp: assertion.backedUp, at: toDate(now) });
  if (!noted) throw new Refusal("passkey_counter_regressed", "another assertion with this counter was faster");
  const living = await refreshed(ports.providerPorts, person, ports.providerPorts.statusRefresh);
  if (currentEvidence(living)?.status.status === "hold") throw new Refusal("certificate_on_hold", "evidence on hold");
  // Not before the status was asked for: had it fallen, what was presented until then would have ended.
  return { person: living, passkey, at: ports.clock() };
}

async function consumeChallenge(ports: WebPorts, id: string, purpose: string, now: number): Promise<string> {
  const { artifacts } = ports.storage;
  if (!(await artifacts.consume(model, id, now))) throw new Refusal("passkey_challenge_unknown", "used, expired or unknown");
  const given = (await artifacts.find(model, id))?.payload as { challenge: string; purpose: string } | undefined;
  if (given?.purpose !== purpose) throw new Refusal("passkey_challenge_unknown", "given out for something else");
  return given.challenge;
}
