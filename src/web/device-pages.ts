import type { Context } from "koa";
import { deviceConfirmPage, deviceDonePage, userCodePage } from "../../views/pages/index.ts";
import type { RelyingParty } from "../../views/context.ts";
import type { ProviderPages } from "../provider/index.ts";
import { sendPage } from "./context.ts";
import type { WebPorts } from "./ports.ts";

const actionUrl = "/device";

type ProviderContext = Parameters<ProviderPages["signedOut"]>[0];

/** The pages of the device authorization grant. The provider's context is a Koa context like ours. */
export function devicePages(ports: () => WebPorts): ProviderPages["deviceFlow"] {
  return {
    userCode: (ctx, form) => {
      sendPage(ctx as unknown as Context, ports(), userCodePage, { ...form, actionUrl, here: actionUrl });
      // Wrong codes are counted by this: see user-code-limit.ts.
      ctx.status = form.problem === undefined ? 200 : 400;
    },
    confirm: (ctx, form) => sendPage(ctx as unknown as Context, ports(), deviceConfirmPage, { ...form, actionUrl, here: actionUrl, party: partyOf(ctx) }),
    done: (ctx) => sendPage(ctx as unknown as Context, ports(), deviceDonePage, { party: partyOf(ctx), accountUrl: "/account", here: actionUrl }),
  };
}

function partyOf({ oidc: { client } }: ProviderContext): RelyingParty {
  const { host } = new URL(client?.redirectUris?.[0] ?? "");
  return { name: client?.clientName ?? host, host };
}
