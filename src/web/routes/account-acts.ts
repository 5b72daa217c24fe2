import { Router } from "@koa/router";
import type { Context } from "koa";
import { accountActPage, type AccountActName, accountEndedPage } from "../../../views/pages/index.ts";
import { Refusal } from "../../errors.ts";
import { findPerson, type PersonRecord } from "../../people/index.ts";
import { withPasskey } from "../../provider/index.ts";
import { type Act, actsOf } from "../account-acts.ts";
import { exportOf } from "../account-export.ts";
import { accountNotice } from "../account-notice.ts";
import { type AccountSession, beginAccountSession, continueAccountSession, findAccountSession, isFresh, requireAccountSession } from "../account-session.ts";
import { signalsOf } from "../account-view.ts";
import { readBody } from "../body.ts";
import { sendJson, sendPage, textMember } from "../context.ts";
import { requireSameSite } from "../csrf.ts";
import { offerAssertion, verifyAssertion } from "../passkey-sign-in.ts";
import type { WebPorts } from "../ports.ts";

const base = "/account";

/**
 * What changes much on the account pages. Each has one page, at the same address as it is done at: it tells
 * what follows, and asks for the passkey first where that was not used lately.
 */
export function accountActRoutes(ports: WebPorts): Router {
  const router = new Router({ prefix: base, sensitive: true });
  const form = [readBody("form"), requireSameSite(ports)] as const;
  const json = [readBody("json"), requireSameSite(ports)] as const;
  const goTo = (ctx: Context, path: string): void => {
    ctx.status = 303;
    ctx.redirect(path);
  };
  const mayGoOn = (session: AccountSession, needsFresh: boolean): boolean => !needsFresh || isFresh(session, ports.clock());

  for (const act of actsOf(ports)) {
    router.get(act.path, async (ctx) => {
      const session = await findAccountSession(ctx, ports);
      if (session === null) return goTo(ctx, base);
      const subject = await act.subject(ctx, session.person);
      showAct(ctx, ports, { act: act.name, subject, isFinal: act.isFinal, isFresh: mayGoOn(session, act.needsFresh), backUrl: base });
    });
    router.post(act.path, ...form, async (ctx) => {
      const session = await requireAccountSession(ctx, ports);
      if (act.isFinal && textMember(ctx, "understood", 3) !== "yes") throw new Refusal("invalid_request", "understood: yes");
      if (!mayGoOn(session, act.needsFresh)) return goTo(ctx, ctx.path);
      const next = await act.run(ctx, session.person, session.facts);
      if (await continueAccountSession(ctx, ports, session)) return goTo(ctx, next);
      if (act.over === null) return goTo(ctx, base);
      await showEnded(ctx, ports, act.over, session.person);
    });
  }

  router.get("/data/export", async (ctx) => {
    const session = await findAccountSession(ctx, ports);
    if (session === null) return goTo(ctx, base);
    showAct(ctx, ports, { act: "export", subject: null, isFinal: false, isFresh: mayGoOn(session, true), backUrl: `${base}/data` });
  });
  router.post("/data/export", ...form, async (ctx) => {
    const session = await requireAccountSession(ctx, ports);
    if (!mayGoOn(session, true)) return goTo(ctx, ctx.path);
    ctx.attachment("jpki-bridge-account.json");
    sendJson(ctx, await exportOf(ports, session.person));
  });

  router.post("/confirm/passkey/options", ...json, (ctx) => offerAssertion(ctx, ports, "account"));
  /** The session goes on with a passkey just used, and so does what it was asked for. */
  router.post("/confirm/passkey", ...json, async (ctx) => {
    const location = actAddress(ctx);
    const session = await requireAccountSession(ctx, ports);
    const { person, passkey, at } = await verifyAssertion(ctx, ports, "account");
    if (person.id !== session.person.id) throw new Refusal("passkey_of_another_person", "confirmation by another person");
    await beginAccountSession(ctx, ports, person.id, withPasskey(session.facts, passkey.id, { userVerified: true, at }));
    sendJson(ctx, { location });
  });
  return router;
}

/** The page for which the passkey was asked: one below the account page. @throws Refusal `invalid_request`. */
function actAddress({ query }: Context): string {
  const address = query["for"];
  if (typeof address !== "string" || !/^\/account(\/[A-Za-z0-9_~-][A-Za-z0-9_~.-]{0,63}){1,3}$/.test(address)) throw new Refusal("invalid_request", "for: a page of the account");
  return address;
}

interface Shown {
  readonly act: AccountActName;
  readonly subject: string | null;
  readonly isFinal: boolean;
  readonly isFresh: boolean;
  readonly backUrl: string;
}

function showAct(ctx: Context, ports: WebPorts, { act, subject, isFinal, isFresh: fresh, backUrl }: Shown): void {
  const common = { act, backUrl, ...(subject !== null && { subject }), ...accountNotice(ctx) };
  if (fresh) return sendPage(ctx, ports, accountActPage, { ...common, step: "confirm", actionUrl: ctx.path, isFinal });
  const verifyUrl = `${base}/confirm/passkey`;
  sendPage(ctx, ports, accountActPage, { ...common, step: "passkey", optionsUrl: `${verifyUrl}/options`, verifyUrl: `${verifyUrl}?for=${encodeURIComponent(ctx.path)}` });
}

/** The answer itself: there is no session left for a page to come. */
async function showEnded(ctx: Context, ports: WebPorts, { ending, next }: NonNullable<Act["over"]>, before: PersonRecord): Promise<void> {
  const after = (await findPerson(ports.storage.read, before.id)) ?? before;
  const kept = after.passkeys.filter(({ state }) => state !== "revoked").map(({ id }) => id);
  const removed = before.passkeys.filter(({ id, state }) => state !== "revoked" && !kept.includes(id));
  // The browser knows its passkeys by the handle they were made with, which an erased person has no more.
  sendPage(ctx, ports, accountEndedPage, { ending, nextUrl: next, signals: signalsOf(ports, { ...after, userHandle: before.userHandle }, removed), here: base });
}
