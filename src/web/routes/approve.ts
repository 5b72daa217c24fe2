import { Router } from "@koa/router";
import type { Context } from "koa";
import type { RelyingParty } from "../../../views/context.ts";
import { accountSignInPage, approvalsPage, type ApprovalsContext, approvePage, refusedPage, stepUpPage } from "../../../views/pages/index.ts";
import { finishTransaction } from "../../enrolment/index.ts";
import { Refusal } from "../../errors.ts";
import { asIdentifier, type TransactionId } from "../../identifiers.ts";
import { setTakesRequests, takesRequests } from "../../people/index.ts";
import { type Approval, withPasskey, withSignature } from "../../provider/index.ts";
import { type AccountSession, beginAccountSession, findAccountSession, openAccountSession, requireAccountSession } from "../account-session.ts";
import { readBody } from "../body.ts";
import { likelyPhone, pathId, sendJson, sendPage, textMember } from "../context.ts";
import { browserSecret } from "../cookies.ts";
import { requireSameSite } from "../csrf.ts";
import { cancelTransaction, type EnrolmentPlace, sendStatus, showProgress, start } from "../enrolment-pages.ts";
import { offerAssertion, verifyAssertion } from "../passkey-sign-in.ts";
import type { WebPorts } from "../ports.ts";
import { refusalOf, whyStepUp } from "../refusal-of.ts";
import { nameOfResource, withAssurance } from "../shared.ts";

const notices: readonly string[] = ["approved", "denied", "off", "on"];

/** What relying parties ask this person to approve (CIBA), in a session of the account page. */
export function approveRoutes(ports: WebPorts): Router {
  const router = new Router({ prefix: "/approve", sensitive: true });
  const form = [readBody("form"), requireSameSite(ports)] as const;
  const json = [readBody("json"), requireSameSite(ports)] as const;

  const open = async (ctx: Context): Promise<{ session: AccountSession; approval: Approval; base: string; declined: boolean }> => {
    const session = await requireAccountSession(ctx, ports);
    const approval = await ports.provider.approvals.find(session.person.id, pathId(ctx, "id"));
    return { session, approval, base: `/approve/${approval.id}`, declined: ctx.query["step_up"] === "declined" };
  };
  const goOn = (ctx: Context, location: string): void => {
    ctx.status = 303;
    ctx.redirect(location);
  };

  router.get("/", async (ctx) => {
    const session = await findAccountSession(ctx, ports);
    if (session !== null) return showApprovals(ctx, ports, session);
    sendPage(ctx, ports, accountSignInPage, { optionsUrl: "/approve/passkey/options", verifyUrl: "/approve/passkey", enrolUrl: "/account/enrolment", recoverUrl: "/recovery" });
  });
  router.post("/passkey/options", ...json, (ctx) => offerAssertion(ctx, ports, "account"));
  router.post("/passkey", ...json, async (ctx) => {
    await openAccountSession(ctx, ports, await verifyAssertion(ctx, ports, "account"));
    sendJson(ctx, { location: "/approve" });
  });
  router.get("/status", async (ctx) => {
    const { person } = await requireAccountSession(ctx, ports);
    sendJson(ctx, { status: statusOf(await ports.provider.approvals.waiting(person.id)) });
  });
  router.post("/requests", ...form, async (ctx) => {
    const { person } = await requireAccountSession(ctx, ports);
    const allow = textMember(ctx, "allow", 3);
    if (allow !== "yes" && allow !== "no") throw new Refusal("invalid_request", "allow: yes or no");
    const allowed = allow === "yes";
    await setTakesRequests(ports.storage, person.id, allowed, ports.clock());
    goOn(ctx, `/approve?notice=${allowed ? "on" : "off"}`);
  });

  router.get("/:id", async (ctx) => {
    const { session, approval, base, declined } = await open(ctx);
    const { person, facts } = session;
    const step = await ports.provider.approvals.nextStep(approval, person, facts, declined);
    const party = partyOf(approval);
    if (step.kind === "satisfied" || step.kind === "passkey") return showApproval(ctx, ports, approval, `${base}/passkey`, declined);
    if (step.kind === "signature") {
      const why = whyStepUp(ports, person, facts);
      return sendPage(ctx, ports, stepUpPage, { party, why, startUrl: `${base}/step-up`, cancelUrl: `${base}/give-up`, likelyPhone: likelyPhone(ctx), sameDeviceOnly: why === "authenticator" });
    }
    sendPage(ctx, ports, refusedPage, { party, code: refusalOf(person, step, ports.clock()), returnUrl: `${base}/give-up`, ...(step.kind === "enrol" && { enrolUrl: "/account/enrolment" }) });
  });

  router.post("/:id/passkey/options", ...json, async (ctx) => {
    const { approval } = await open(ctx);
    await offerAssertion(ctx, ports, `approve ${approval.id}`);
  });
  /** The approval itself: a passkey used for this request and no other. */
  router.post("/:id/passkey", ...json, async (ctx) => {
    const { session, approval, base, declined } = await open(ctx);
    const { person, passkey, at } = await verifyAssertion(ctx, ports, `approve ${approval.id}`);
    if (person.id !== session.person.id) throw new Refusal("passkey_of_another_person", "approval by another person");
    const facts = withPasskey(session.facts, passkey.id, { userVerified: true, at });
    const step = await ports.provider.approvals.nextStep(approval, person, facts, declined);
    if (step.kind !== "satisfied") return sendJson(ctx, { location: base });
    await ports.provider.approvals.approve(approval, person, facts);
    sendJson(ctx, { location: "/approve?notice=approved" });
  });
  router.post("/:id/deny", ...form, async (ctx) => {
    const { session, approval } = await open(ctx);
    await ports.provider.approvals.refuse(approval, session.person.id, "access_denied");
    goOn(ctx, "/approve?notice=denied");
  });
  router.post("/:id/give-up", ...form, async (ctx) => {
    const { session, approval, base } = await open(ctx);
    const lesser = await ports.provider.approvals.nextStep(approval, session.person, session.facts, true);
    if (lesser.kind === "satisfied") return goOn(ctx, `${base}?step_up=declined`);
    await ports.provider.approvals.refuse(approval, session.person.id, "unmet_authentication_requirements");
    goOn(ctx, "/approve?notice=denied");
  });

  const place = async (ctx: Context): Promise<EnrolmentPlace> => {
    const { session, approval, base } = await open(ctx);
    return { base, opener: { kind: "approval", id: approval.id }, client: approval.client, signedIn: session.person.id, cancelUrl: base };
  };
  router.post("/:id/step-up", ...form, async (ctx) => start(ctx, ports, await place(ctx), "step-up"));
  router.get("/:id/enrolment/:txn", async (ctx) => showProgress(ctx, ports, await place(ctx)));
  router.get("/:id/enrolment/:txn/status", async (ctx) => sendStatus(ctx, ports, await place(ctx)));
  router.post("/:id/enrolment/:txn/cancel", ...form, async (ctx) => cancelTransaction(ctx, ports, await place(ctx)));
  /** Takes the signature into the session; the approval is still to be given. */
  router.get("/:id/resume/:txn", async (ctx) => {
    const { session, approval, base } = await open(ctx);
    const { personId, opener, signature } = await finishTransaction(ports.enrolment, asIdentifier<TransactionId>(pathId(ctx, "txn")), browserSecret(ctx, ports));
    if (opener.kind !== "approval" || opener.id !== approval.id) throw new Refusal("return_code_invalid", "another approval");
    if (personId !== session.person.id) throw new Refusal("person_mismatch", "approval by another person");
    await beginAccountSession(ctx, ports, personId, withSignature(session.facts, signature));
    goOn(ctx, base);
  });
  return router;
}

const partyOf = ({ client }: Approval): RelyingParty => ({ name: client.name, host: client.host });
const statusOf = (waiting: readonly Approval[]): string => waiting.map(({ id }) => id).join(" ");

async function showApprovals(ctx: Context, ports: WebPorts, { person }: AccountSession): Promise<void> {
  const waiting = await ports.provider.approvals.waiting(person.id);
  const { notice } = ctx.query;
  sendPage(ctx, ports, approvalsPage, {
    waiting: waiting.map((approval) => ({ party: partyOf(approval), bindingMessage: approval.bindingMessage, askedAt: approval.askedAt, url: `/approve/${approval.id}` })),
    statusUrl: "/approve/status",
    status: statusOf(waiting),
    takesRequests: await takesRequests(ports.storage.read, person.id),
    switchUrl: "/approve/requests",
    accountUrl: "/account",
    ...(typeof notice === "string" && notices.includes(notice) && { notice: notice as NonNullable<ApprovalsContext["notice"]> }),
  });
}

function showApproval(ctx: Context, ports: WebPorts, approval: Approval, passkeyUrl: string, declined: boolean): void {
  const { bindingMessage, shared, askedAt, expiresAt, id } = approval;
  sendPage(ctx, ports, approvePage, {
    party: partyOf(approval), bindingMessage, askedAt, expiresAt,
    shared: { scopes: withAssurance(shared.scopes), claims: shared.claims, resources: shared.resources.map((indicator) => nameOfResource(ports, indicator)) },
    optionsUrl: `${passkeyUrl}/options`,
    verifyUrl: declined ? `${passkeyUrl}?step_up=declined` : passkeyUrl,
    denyUrl: `/approve/${id}/deny`,
  });
}
