import { Router } from "@koa/router";
import type { Context } from "koa";
import { recoveryRenewPage, recoveryWaysPage } from "../../../views/pages/index.ts";
import { finishTransaction } from "../../enrolment/index.ts";
import { Refusal } from "../../errors.ts";
import { asIdentifier, type ClientId, type TransactionId } from "../../identifiers.ts";
import { withSignature } from "../../provider/index.ts";
import { type AccountSession, beginAccountSession, findAccountSession, requireAccountSession } from "../account-session.ts";
import { readBody } from "../body.ts";
import { likelyPhone, pathId, sendPage } from "../context.ts";
import { browserSecret } from "../cookies.ts";
import { requireSameSite } from "../csrf.ts";
import { cancelTransaction, type EnrolmentPlace, sendStatus, showProgress, start } from "../enrolment-pages.ts";
import type { WebPorts } from "../ports.ts";
import { goToDone, isRecoveryPurpose, showDone } from "../recovery-done.ts";
import { chosenToKeep, presentedLately, showRecoveryStart, usedPasskeyLately, withPresented } from "../recovery-pages.ts";

const base = "/recovery";

/**
 * When the phone is lost, new or away: recovery, hold, release, and a new certificate. Nobody need be
 * signed in here: what is done is done by a JPKI signature.
 */
export function recoveryRoutes(ports: WebPorts): Router {
  const router = new Router({ prefix: base, sensitive: true });
  const form = [readBody("form"), requireSameSite(ports)] as const;
  const goTo = (ctx: Context, path: string): void => {
    ctx.status = 303;
    ctx.redirect(path);
  };
  // The client is the issuer itself: no relying party has asked.
  const place: EnrolmentPlace = {
    base,
    opener: { kind: "recovery" },
    client: { id: asIdentifier<ClientId>(ports.issuer), name: ports.name, host: new URL(ports.issuer).host },
    signedIn: null,
    cancelUrl: base,
    signInUrl: "/account",
  };

  router.get("/", (ctx) => {
    const urls = { recover: `${base}/recover`, hold: `${base}/hold`, release: `${base}/release`, renew: `${base}/renew` };
    sendPage(ctx, ports, recoveryWaysPage, { urls, accountUrl: "/account" });
  });

  for (const purpose of ["recover", "hold", "release"] as const) {
    router.get(`/${purpose}`, async (ctx) => showRecoveryStart(ctx, ports, { purpose, startUrl: `${base}/${purpose}` }, await findAccountSession(ctx, ports)));
  }
  router.post("/recover", ...form, async (ctx) => start(ctx, ports, { ...place, ...(await chosenToKeep(ctx, ports)) }, "recover"));
  router.post("/review", ...form, async (ctx) => start(ctx, ports, { ...place, review: true }, "recover"));
  router.post("/hold", ...form, async (ctx) => start(ctx, ports, place, "hold"));
  router.post("/release", ...form, async (ctx) => start(ctx, ports, place, "release"));

  router.get("/renew", async (ctx) => {
    const session = await findAccountSession(ctx, ports);
    const presented = session === null ? null : presentedLately(session, ports.clock());
    const mayPresent = session !== null && usedPasskeyLately(session, ports.clock());
    const standing = presented !== null ? "presented" : mayPresent ? "signed_in" : "nobody";
    sendPage(ctx, ports, recoveryRenewPage, { standing, startUrl: `${base}/renew`, presentUrl: `${base}/present`, accountUrl: "/account", waysUrl: base, likelyPhone: likelyPhone(ctx) });
  });
  router.post("/renew", ...form, async (ctx) => {
    const session = await findAccountSession(ctx, ports);
    const presented = session === null ? null : presentedLately(session, ports.clock());
    await start(ctx, ports, { ...place, signedIn: session?.person.id ?? null, presented }, "renew");
  });
  router.post("/present", ...form, async (ctx) => {
    const session = await requireAccountSession(ctx, ports);
    // Nobody is signed in for this whose passkey was not used just now.
    const signedIn = usedPasskeyLately(session, ports.clock()) ? session.person.id : null;
    await start(ctx, ports, { ...place, signedIn }, "step-up");
  });

  router.get("/enrolment/:txn", (ctx) => showProgress(ctx, ports, place));
  router.get("/enrolment/:txn/status", (ctx) => sendStatus(ctx, ports, place));
  router.post("/enrolment/:txn/cancel", ...form, (ctx) => cancelTransaction(ctx, ports, place));

  router.get("/resume/:txn", async (ctx) => {
    const session = await findAccountSession(ctx, ports);
    const { purpose, personId, opener, signature } = await finishTransaction(ports.enrolment, asIdentifier<TransactionId>(pathId(ctx, "txn")), browserSecret(ctx, ports));
    if (opener.kind !== "recovery") throw new Refusal("return_code_invalid", "opened elsewhere");
    if (purpose === "step-up") {
      // Only what stands is added to: from another device a signature is never the sign-in.
      if (session?.person.id !== personId) throw new Refusal("sign_in_required", "no session to add to");
      await beginAccountSession(ctx, ports, personId, withPresented(session.facts, signature));
      return goTo(ctx, `${base}/renew`);
    }
    if (!isRecoveryPurpose(purpose)) throw new Refusal("return_code_invalid", purpose);
    if (purpose === "recover" || purpose === "renew") await beginAccountSession(ctx, ports, personId, withSignature(factsBefore(session, personId), signature));
    await goToDone(ctx, ports, base, purpose);
  });
  router.get("/done/:purpose", (ctx) => showDone(ctx, ports, base));
  return router;
}

const factsBefore = (session: AccountSession | null, personId: string): AccountSession["facts"] =>
  session?.person.id === personId ? session.facts : { passkeyId: null, passkey: null, signature: null };
