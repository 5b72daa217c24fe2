import { Router } from "@koa/router";
import type { Context } from "koa";
import { accountSignInPage } from "../../../views/pages/index.ts";
import { finishTransaction } from "../../enrolment/index.ts";
import { Refusal } from "../../errors.ts";
import { asIdentifier, type ClientId, type PasskeyId, type TransactionId } from "../../identifiers.ts";
import { renamePasskey, withdrawVerifiedClaim } from "../../people/index.ts";
import { showActivity } from "../account-activity.ts";
import { showService } from "../account-services.ts";
import { type AccountSession, beginAccountSession, endAccountSession, findAccountSession, openAccountSession, requireAccountSession } from "../account-session.ts";
import { showAccount, showData } from "../account-view.ts";
import { readBody } from "../body.ts";
import { lineMember, pathId, sendJson, sendPage } from "../context.ts";
import { browserSecret } from "../cookies.ts";
import { requireSameSite } from "../csrf.ts";
import { cancelTransaction, type EnrolmentPlace, sendStatus, showProgress, showStart, start } from "../enrolment-pages.ts";
import { refuseMyNumber } from "../my-number.ts";
import { offerAssertion, verifyAssertion } from "../passkey-sign-in.ts";
import type { WebPorts } from "../ports.ts";

/** The person's own pages: passkeys, certificate, connected services, activity, data. What changes much: account-acts.ts. */
export function accountRoutes(ports: WebPorts): Router {
  const router = new Router({ prefix: "/account", sensitive: true });
  const form = [readBody("form"), requireSameSite(ports)] as const;
  const json = [readBody("json"), requireSameSite(ports)] as const;
  const back = (ctx: Context, notice: string, page = "/account"): void => {
    ctx.status = 303;
    ctx.redirect(`${page}?notice=${notice}`);
  };
  /** A page for who is signed in; whoever is not may do so first. */
  const own = (show: (ctx: Context, ports: WebPorts, session: AccountSession) => Promise<void>) => async (ctx: Context): Promise<void> => {
    const session = await findAccountSession(ctx, ports);
    if (session !== null) return show(ctx, ports, session);
    ctx.status = 303;
    ctx.redirect("/account");
  };

  router.get("/", async (ctx) => {
    const session = await findAccountSession(ctx, ports);
    if (session !== null) return showAccount(ctx, ports, session);
    sendPage(ctx, ports, accountSignInPage, { optionsUrl: "/account/passkey/options", verifyUrl: "/account/passkey", enrolUrl: "/account/enrolment", recoverUrl: "/recovery" });
  });

  router.get("/activity", own(showActivity));
  router.get("/services/:id", own(showService));
  router.get("/data", own(showData));

  router.post("/passkey/options", ...json, (ctx) => offerAssertion(ctx, ports, "account"));
  router.post("/passkey", ...json, async (ctx) => {
    await openAccountSession(ctx, ports, await verifyAssertion(ctx, ports, "account"));
    sendJson(ctx, { location: "/account" });
  });
  router.post("/sign-out", ...form, async (ctx) => {
    await endAccountSession(ctx, ports);
    ctx.status = 303;
    ctx.redirect("/account");
  });

  router.post("/passkeys/:id/rename", ...form, async (ctx) => {
    const { person } = await requireAccountSession(ctx, ports);
    const name = lineMember(ctx, "name", 60);
    refuseMyNumber(name);
    await ports.storage.transaction((transaction) => renamePasskey(transaction, person.id, asIdentifier<PasskeyId>(pathId(ctx, "id")), name));
    back(ctx, "renamed");
  });
  router.post("/services/:id/verified-claims/:name/withhold", ...form, async (ctx) => {
    const { person } = await requireAccountSession(ctx, ports);
    await withdrawVerifiedClaim(ports.storage, person.id, asIdentifier<ClientId>(pathId(ctx, "id")), pathId(ctx, "name"), ports.clock());
    back(ctx, "withheld", `/account/services/${pathId(ctx, "id")}`);
  });

  // Outside a relying party's request the client is the issuer itself.
  const placeOf = (session: AccountSession | null): EnrolmentPlace => ({
    base: "/account",
    opener: { kind: "account" },
    client: { id: asIdentifier<ClientId>(ports.issuer), name: ports.name, host: new URL(ports.issuer).host },
    signedIn: session?.person.id ?? null,
    cancelUrl: "/account/enrolment/leave",
  });
  const place = async (ctx: Context): Promise<EnrolmentPlace> => placeOf(await findAccountSession(ctx, ports));
  router.get("/enrolment", async (ctx) => showStart(ctx, ports, await place(ctx), "enrol"));
  router.post("/enrolment", ...form, async (ctx) => start(ctx, ports, await place(ctx), "enrol"));
  router.post("/enrolment/leave", ...form, (ctx) => {
    ctx.status = 303;
    ctx.redirect("/account");
  });
  router.get("/attributes", async (ctx) => showStart(ctx, ports, placeOf(await requireAccountSession(ctx, ports)), "attributes"));
  router.post("/attributes", ...form, async (ctx) => start(ctx, ports, placeOf(await requireAccountSession(ctx, ports)), "attributes"));
  router.get("/enrolment/:txn", async (ctx) => showProgress(ctx, ports, await place(ctx)));
  router.get("/enrolment/:txn/status", async (ctx) => sendStatus(ctx, ports, await place(ctx)));
  router.post("/enrolment/:txn/cancel", ...form, async (ctx) => cancelTransaction(ctx, ports, await place(ctx)));
  router.get("/resume/:txn", async (ctx) => {
    const { purpose, personId, opener, signature } = await finishTransaction(ports.enrolment, asIdentifier<TransactionId>(pathId(ctx, "txn")), browserSecret(ctx, ports));
    if (opener.kind !== "account") throw new Refusal("return_code_invalid", "opened by an interaction");
    // The session in which the signature certificate was presented goes on as it was.
    if (purpose === "attributes") return back(ctx, "added", "/account/data");
    await beginAccountSession(ctx, ports, personId, { passkeyId: null, passkey: null, signature });
    back(ctx, "added");
  });
  return router;
}
