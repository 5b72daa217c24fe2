import { Router } from "@koa/router";
import type { Context } from "koa";
import type { RelyingParty } from "../../../views/context.ts";
import { consentPage, refusedPage, signInPage, stepUpPage } from "../../../views/pages/index.ts";
import type { StepUp } from "../../assurance/index.ts";
import { finishTransaction } from "../../enrolment/index.ts";
import { Refusal } from "../../errors.ts";
import { asIdentifier, type PersonId, type TransactionId } from "../../identifiers.ts";
import { findConsent, maySignIn, type PersonRecord } from "../../people/index.ts";
import { assuranceOf, type AuthenticationFacts, type Interaction, livingPerson, noClient, withPasskey, withSignature } from "../../provider/index.ts";
import { readBody } from "../body.ts";
import { likelyPhone, pathId, sendJson, sendPage } from "../context.ts";
import { browserSecret } from "../cookies.ts";
import { requireSameSite } from "../csrf.ts";
import { cancelTransaction, type EnrolmentPlace, sendStatus, showProgress, showStart, start } from "../enrolment-pages.ts";
import { offerAssertion, offerWithPage, verifyAssertion } from "../passkey-sign-in.ts";
import type { WebPorts } from "../ports.ts";
import { showRecoveryStart } from "../recovery-pages.ts";
import { refusalOf, whyStepUp } from "../refusal-of.ts";
import { nameOfResource, withAssurance } from "../shared.ts";
import { allowFormsTo } from "../security-headers.ts";
import { verifiedChoicesOf } from "../verified-claims-view.ts";

/** The pages between an authorization request and its answer. */
export function interactionRoutes(ports: WebPorts): Router {
  const router = new Router({ prefix: "/interaction/:uid", sensitive: true });
  const form = [readBody("form"), requireSameSite(ports)] as const;
  const json = [readBody("json"), requireSameSite(ports)] as const;

  /** The interaction of this browser; its pages may lead to its relying party. */
  const open = async (ctx: Context): Promise<Interaction> => {
    const interaction = await ports.provider.interaction(ctx.req, ctx.res);
    if (interaction.uid !== pathId(ctx, "uid")) throw new Refusal("interaction_expired", "another interaction");
    ctx.state["uiLocales"] = interaction.uiLocales;
    allowFormsTo(ctx, interaction.client.redirectOrigin);
    return interaction;
  };
  /** The person of the session, if the session still counts. */
  const personOf = async ({ signedIn, reasons }: Interaction): Promise<PersonRecord | null> => {
    if (signedIn === null || reasons.includes("person_gone")) return null;
    const person = await livingPerson(ports.providerPorts, signedIn.personId, ports.providerPorts.statusRefresh);
    return person !== null && maySignIn(person) ? person : null;
  };
  const goOn = (ctx: Context, location: string): void => {
    ctx.status = 303;
    ctx.redirect(location);
  };

  router.get("/", async (ctx) => {
    const interaction = await open(ctx);
    if (interaction.prompt === "consent") return showConsent(ctx, ports, interaction, await personOf(interaction));
    const person = await personOf(interaction);
    const plan = planOf(ports, interaction, person);
    return showLogin(ctx, ports, interaction, person, plan);
  });

  router.post("/passkey/options", ...json, async (ctx) => {
    const { uid } = await open(ctx);
    await offerAssertion(ctx, ports, purposeOf(uid));
  });

  router.post("/passkey", ...json, async (ctx) => {
    const interaction = await open(ctx);
    const { person, passkey, at } = await verifyAssertion(ctx, ports, purposeOf(interaction.uid));
    const { signedIn } = interaction;
    const samePerson = signedIn?.personId === person.id;
    await refuseTakeover(interaction, person.id);
    const facts = withPasskey(samePerson ? signedIn.facts : nothingPresented, passkey.id, { userVerified: true, at });
    sendJson(ctx, { location: await ports.provider.signIn(ctx.req, ctx.res, person, facts) });
  });

  router.post("/consent", ...form, async (ctx) => {
    const { prompt } = await open(ctx);
    // Nobody agrees to what was not shown, nor is what was agreed to before replaced by it.
    if (prompt !== "consent") throw new Refusal("operation_not_possible", `prompt ${prompt}`);
    goOn(ctx, await ports.provider.grantConsent(ctx.req, ctx.res, chosenClaims(ctx)));
  });

  router.post("/cancel", ...form, async (ctx) => {
    await open(ctx);
    goOn(ctx, await ports.provider.cancel(ctx.req, ctx.res));
  });

  router.post("/give-up", ...form, async (ctx) => {
    await open(ctx);
    goOn(ctx, await ports.provider.declineStepUp(ctx.req, ctx.res));
  });

  /** Another account may sign in where that is what is asked, but never take over the session of this one. */
  const refuseTakeover = async (interaction: Interaction, personId: PersonId): Promise<void> => {
    const { signedIn } = interaction;
    if (signedIn === null || signedIn.personId === personId || mayChangeAccount(interaction)) return;
    if ((await personOf(interaction)) !== null) throw new Refusal("passkey_of_another_person", "step-up by another person");
  };

  const placeOf = (interaction: Interaction): EnrolmentPlace => {
    const base = `/interaction/${interaction.uid}`;
    const { id, name, host } = interaction.client;
    return { base, opener: { kind: "interaction", uid: interaction.uid }, client: { id, name, host }, signedIn: null, cancelUrl: `${base}/cancel` };
  };

  router.get("/enrolment", async (ctx) => showStart(ctx, ports, placeOf(await open(ctx)), "enrol"));
  router.post("/enrolment", ...form, async (ctx) => start(ctx, ports, placeOf(await open(ctx)), "enrol"));
  router.get("/recover", async (ctx) => {
    const interaction = await open(ctx);
    showRecoveryStart(ctx, ports, { purpose: "recover", startUrl: `/interaction/${interaction.uid}/recover`, party: partyOf(interaction) }, null);
  });
  router.post("/recover", ...form, async (ctx) => start(ctx, ports, placeOf(await open(ctx)), "recover"));
  router.post("/step-up", ...form, async (ctx) => {
    const interaction = await open(ctx);
    const plan = planOf(ports, interaction, await personOf(interaction));
    // A session that no longer counts must not be brought back by a signature from elsewhere.
    const mayStepUp = plan.kind === "signature" && !asksForPasskey(interaction);
    const signedIn = mayStepUp ? (interaction.signedIn?.personId ?? null) : null;
    await start(ctx, ports, { ...placeOf(interaction), signedIn }, "step-up");
  });
  /** The signature certificate, presented on the way to the consent that needs it. */
  router.post("/attributes", ...form, async (ctx) => {
    const interaction = await open(ctx);
    const person = await personOf(interaction);
    if (interaction.prompt !== "consent" || interaction.verifiedClaims.length === 0) throw new Refusal("operation_not_possible", "no verified claims are asked for");
    await start(ctx, ports, { ...placeOf(interaction), signedIn: person?.id ?? null }, "attributes");
  });
  router.get("/enrolment/:txn", async (ctx) => showProgress(ctx, ports, placeOf(await open(ctx))));
  router.get("/enrolment/:txn/status", async (ctx) => sendStatus(ctx, ports, placeOf(await open(ctx))));
  router.post("/enrolment/:txn/cancel", ...form, async (ctx) => cancelTransaction(ctx, ports, placeOf(await open(ctx))));

  /** Takes what the transaction established into the session that asked for it. */
  router.get("/resume/:txn", async (ctx) => {
    const interaction = await open(ctx);
    const { signedIn } = interaction;
    const { purpose, personId, opener, signature } = await finishTransaction(ports.enrolment, asIdentifier<TransactionId>(pathId(ctx, "txn")), browserSecret(ctx, ports));
    if (opener.kind !== "interaction" || opener.uid !== interaction.uid) throw new Refusal("return_code_invalid", "another interaction");
    // It was for the consent page; the sign-in stays what it was.
    if (purpose === "attributes") return goOn(ctx, `/interaction/${interaction.uid}`);
    await refuseTakeover(interaction, personId);
    const person = await personOf(interaction);
    const before = signedIn?.personId === personId && person !== null ? signedIn.facts : nothingPresented;
    // From another device a signature adds to a sign-in that stands; it is never the sign-in.
    if (signature.device === "other" && (person === null || !isAuthenticated(ports, person, before))) throw new Refusal("sign_in_required", "nothing stands without the signature");
    const facts = withSignature(before, signature);
    const living = await livingPerson(ports.providerPorts, personId, ports.providerPorts.statusRefresh);
    if (living === null) throw new Refusal("person_erased", "since the transaction");
    goOn(ctx, await ports.provider.signIn(ctx.req, ctx.res, living, facts));
  });

  return router;
}

/** What a passkey's challenge is given out for: this interaction alone. */
const purposeOf = (uid: string): string => `interaction ${uid}`;

const nothingPresented: AuthenticationFacts = { passkeyId: null, passkey: null, signature: null };

/** Reasons for which whoever signs in may be somebody else than before. */
const accountReasons: readonly string[] = ["no_session", "login_prompt", "person_gone", "id_token_hint", "claims_id_token_sub_value"];
const mayChangeAccount = ({ reasons }: Interaction): boolean => reasons.some((reason) => accountReasons.includes(reason));

/** Whether the person must sign in anew, whatever the session holds: a signature from elsewhere is no answer to that. */
const asksForPasskey = ({ reasons }: Interaction): boolean => reasons.includes("max_age") || reasons.includes("device") || reasons.some((reason) => accountReasons.includes(reason));

function isAuthenticated(ports: WebPorts, person: PersonRecord, facts: AuthenticationFacts): boolean {
  return assuranceOf(ports.providerPorts, person, facts, noClient).explanation.aal.rule !== "not_authenticated";
}

const partyOf = ({ client }: Interaction): RelyingParty => ({ name: client.name, host: client.host });

function planOf(ports: WebPorts, interaction: Interaction, person: PersonRecord | null): StepUp {
  if (person === null || interaction.signedIn === null) return { kind: "passkey" };
  return ports.provider.plan(interaction, person, interaction.signedIn.facts);
}

async function showLogin(ctx: Context, ports: WebPorts, interaction: Interaction, person: PersonRecord | null, plan: StepUp): Promise<void> {
  const base = `/interaction/${interaction.uid}`;
  const party = partyOf(interaction);
  if (plan.kind === "signature" && person !== null && interaction.signedIn !== null && !asksForPasskey(interaction)) {
    const why = whyStepUp(ports, person, interaction.signedIn.facts);
    return sendPage(ctx, ports, stepUpPage, { party, why, startUrl: `${base}/step-up`, cancelUrl: `${base}/give-up`, likelyPhone: likelyPhone(ctx), sameDeviceOnly: why === "authenticator" });
  }
  if ((plan.kind === "impossible" || plan.kind === "enrol" || plan.kind === "status_check") && !mayChangeAccount(interaction)) {
    const code = refusalOf(person, plan, ports.clock());
    const mayEnrol = plan.kind === "enrol";
    ctx.status = 200;
    return sendPage(ctx, ports, refusedPage, { party, code, returnUrl: `${base}/give-up`, ...(mayEnrol && { enrolUrl: `${base}/enrolment` }) });
  }
  const reason = person === null ? undefined : plan.kind === "passkey" ? "higher_level" : "again";
  const offered = await offerWithPage(ctx, ports, purposeOf(interaction.uid));
  sendPage(ctx, ports, signInPage, {
    party, uid: interaction.uid, ...(offered !== null && { offered }),
    optionsUrl: `${base}/passkey/options`, verifyUrl: `${base}/passkey`, enrolUrl: `${base}/enrolment`, recoverUrl: `${base}/recover`, cancelUrl: `${base}/cancel`,
    ...(reason !== undefined && { reason }),
  });
}

/** The verified claims that the person ticked. */
function chosenClaims(ctx: Context): string[] {
  const { verified_claim } = (ctx.request.body ?? {}) as { verified_claim?: unknown };
  return [verified_claim].flat().filter((name) => typeof name === "string");
}

async function showConsent(ctx: Context, ports: WebPorts, interaction: Interaction, person: PersonRecord | null): Promise<void> {
  const base = `/interaction/${interaction.uid}`;
  const { scopes, claims, resources } = interaction.missing;
  const before = interaction.signedIn === null ? null : await findConsent(ports.storage.read, interaction.signedIn.personId, interaction.client.id);
  const verified = person === null ? undefined : await verifiedChoicesOf(ctx, ports, interaction, person);
  sendPage(ctx, ports, consentPage, {
    party: partyOf(interaction),
    ...(verified !== undefined && { verified }),
    shared: { scopes: withAssurance(scopes), claims, resources: Object.keys(resources).map((indicator) => nameOfResource(ports, indicator)) },
    alreadyAllowed: [...(before?.scope ?? []), ...(before?.claims ?? [])],
    allowUrl: `${base}/consent`,
    denyUrl: `${base}/cancel`,
  });
}
