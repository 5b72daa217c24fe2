import { Router } from "@koa/router";
import { enrolContinuePage, enrolReturnPage } from "../../../views/pages/index.ts";
import { continuePasskey, type Opener, redeemReturnCode, registerBrowserPasskey } from "../../enrolment/index.ts";
import { asIdentifier, type TransactionId } from "../../identifiers.ts";
import { readBody } from "../body.ts";
import { member, sendJson, sendPage, textMember } from "../context.ts";
import { browserSecret } from "../cookies.ts";
import { requireSameSite } from "../csrf.ts";
import type { WebPorts } from "../ports.ts";

/** Where the app sends the phone's browser: back to what it began, or to make the passkey. */
export function enrolmentBrowserRoutes(ports: WebPorts): Router {
  const router = new Router({ prefix: "/enrolment", sensitive: true });
  const json = [readBody("json"), requireSameSite(ports)] as const;

  // Secrets come in the fragment, which reaches no server and no log; the page posts them.
  router.get("/return", (ctx) => sendPage(ctx, ports, enrolReturnPage, { returnUrl: "/enrolment/return" }));
  router.post("/return", ...json, async (ctx) => {
    const id = textMember(ctx, "txn", 64);
    const opener = await redeemReturnCode(ports.enrolment, asIdentifier<TransactionId>(id), browserSecret(ctx, ports), textMember(ctx, "code", 64));
    sendJson(ctx, { location: `${baseOf(opener)}/resume/${encodeURIComponent(id)}` });
  });

  router.get("/continue", (ctx) => sendPage(ctx, ports, enrolContinuePage, { optionsUrl: "/enrolment/continue", passkeyUrl: "/enrolment/continue/passkey" }));
  router.post("/continue", ...json, async (ctx) => {
    sendJson(ctx, { options: await continuePasskey(ports.enrolment, asIdentifier<TransactionId>(textMember(ctx, "txn", 64)), textMember(ctx, "token", 64)) });
  });
  router.post("/continue/passkey", ...json, async (ctx) => {
    const id = asIdentifier<TransactionId>(textMember(ctx, "txn", 64));
    sendJson(ctx, await registerBrowserPasskey(ports.enrolment, id, textMember(ctx, "token", 64), member(ctx, "credential")));
  });
  return router;
}

function baseOf(opener: Opener): string {
  switch (opener.kind) {
    case "interaction":
      return `/interaction/${opener.uid}`;
    case "approval":
      return `/approve/${opener.id}`;
    case "account":
      return "/account";
    case "recovery":
      return "/recovery";
  }
}
