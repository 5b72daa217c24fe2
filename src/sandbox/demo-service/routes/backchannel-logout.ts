import { z } from "zod";
import { verifyLogoutToken } from "../backchannel-logout.ts";
import { formOf, readForm } from "../body.ts";
import type { AddRoutes } from "../parts.ts";
import { backchannelLogoutPath, clientId } from "../registration.ts";
import { ReplayGuard } from "../replay-guard.ts";

const form = z.looseObject({ logout_token: z.string().max(8192) });

/** Where the provider says that a session has ended (OpenID Connect Back-Channel Logout 1.0, 2.5 and 2.8). */
export const addBackchannelLogoutRoute: AddRoutes = (router, { issuer, clock, connection, sessions, logouts }) => {
  const used = new ReplayGuard();
  router.post(backchannelLogoutPath, readForm, async (context) => {
    const { logout_token } = formOf(context, form);
    const now = clock();
    const verdict = await verifyLogoutToken(logout_token, { issuer, audience: clientId, keys: connection.signatureKeys, used, now });
    if (!verdict.valid) {
      logouts.add({ at: now, outcome: { accepted: false, at: verdict.at } });
      context.status = 400;
      context.body = { error: "invalid_request", error_description: verdict.at };
      return;
    }
    logouts.add({ at: now, outcome: { accepted: true, endedSessions: sessions.endFor(verdict.value) } });
    context.status = 200;
    context.body = "";
  });
};
