import type { Context } from "koa";
import { errorPage, signedOutPage, signOutConfirmPage } from "../../views/pages/index.ts";
import { catalogue, type ErrorCode } from "../errors.ts";
import { type ProviderPages, signOutRequest } from "../provider/index.ts";
import { sendPage } from "./context.ts";
import { devicePages } from "./device-pages.ts";
import type { WebPorts } from "./ports.ts";
import { allowFormsTo } from "./security-headers.ts";

/** The pages that the provider asks for. Its context is a Koa context like ours. */
export function createProviderPages(ports: () => WebPorts): ProviderPages {
  return {
    deviceFlow: devicePages(ports),
    allowSignOutToEnd,
    error: async (ctx, { error, error_description }) => {
      const { status } = ctx;
      sendPage(ctx as unknown as Context, ports(), errorPage, {
        code: codeOf(error),
        requestId: requestIdOf(ctx as unknown as Context),
        homeUrl: "/",
        protocolError: { error, ...(error_description !== undefined && { description: error_description }) },
      });
      ctx.status = status;
    },
    signOutConfirm: async (ctx) => {
      const { session, client } = ctx.oidc;
      const { secret } = (session as unknown as { state: { secret: string } }).state;
      allowSignOutToEnd(ctx);
      sendPage(ctx as unknown as Context, ports(), signOutConfirmPage, {
        actionUrl: new URL(ctx.oidc.urlFor("end_session_confirm")).pathname,
        xsrf: secret,
        request: signOutRequest(ctx.oidc),
        ...(client !== undefined && { party: { name: client.clientName ?? client.clientId, host: hostOf(client.redirectUris) } }),
      });
    },
    signedOut: async (ctx) => {
      const { client } = ctx.oidc;
      const address = client?.postLogoutRedirectUris?.[0];
      sendPage(ctx as unknown as Context, ports(), signedOutPage, {
        accountUrl: "/account",
        ...(client !== undefined && address !== undefined && { back: { party: { name: client.clientName ?? client.clientId, host: hostOf(client.redirectUris) }, address } }),
      });
    },
  };
}

const allowSignOutToEnd: ProviderPages["allowSignOutToEnd"] = (ctx) =>
  allowFormsTo(ctx as unknown as Context, ...(ctx.oidc.client?.postLogoutRedirectUris ?? []).map((uri) => new URL(uri).origin));

/** The catalogue's code for an error of the provider. Its words for `invalid_redirect_uri` are for whoever registers. */
function codeOf(error: string): ErrorCode {
  if (error === "server_error") return "internal_error";
  return Object.hasOwn(catalogue, error) && error !== "invalid_redirect_uri" ? (error as ErrorCode) : "invalid_request";
}

const hostOf = (uris: readonly string[] | undefined): string => (uris?.[0] === undefined ? "" : new URL(uris[0]).host);
// Set on the raw response before the provider took over.
const requestIdOf = (ctx: Context): string => String(ctx.res.getHeader("x-request-id") ?? "");
