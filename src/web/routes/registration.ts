import { Router } from "@koa/router";
import type { Context, Middleware } from "koa";
import { catalogue, Refusal } from "../../errors.ts";
import { registrationEndpoint } from "../../provider/index.ts";
import { managedRelyingParty, registerDynamically, removeDynamically, type RelyingParty, updateDynamically } from "../../relying-parties/index.ts";
import { readBody } from "../body.ts";
import { pathId, sendJson } from "../context.ts";
import type { WebPorts } from "../ports.ts";
import { noteRefusal } from "../requests.ts";

/** Dynamic client registration (RFC 7591) and its management (RFC 7592), where the operator allows it. */
export function registrationRoutes({ registration, storage, clock, issuer }: WebPorts): Router {
  const router = new Router({ sensitive: true, prefix: registrationEndpoint });
  if (registration === null) return router;
  const address = (clientId: string): string => `${issuer}${registrationEndpoint}/${clientId}`;
  const managed = async (ctx: Context): Promise<RelyingParty> => managedRelyingParty(storage, pathId(ctx, "clientId"), bearer(ctx) ?? "");

  // In the words of RFC 7591, for the developer who reads them: what is wrong is the client's own metadata.
  router.use(async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      // The detail is for the developer: it may quote an address that came in.
      noteRefusal(ctx, new Refusal(error.code, "registration"));
      ctx.status = catalogue[error.code].status;
      if (error.code === "invalid_token") ctx.set("www-authenticate", `Bearer error="invalid_token"`);
      sendJson(ctx, { error: error.code, error_description: error.detail });
    }
  });

  router.post("/", readBody("json"), async (ctx) => {
    const { party, secret, registrationToken } = await registerDynamically(storage, registration, bodyOf(ctx), bearer(ctx), clock());
    ctx.status = 201;
    sendJson(ctx, {
      ...described(party),
      client_id_issued_at: party.createdAt,
      ...(secret !== null && { client_secret: secret, client_secret_expires_at: 0 }),
      registration_client_uri: address(party.clientId),
      registration_access_token: registrationToken,
    });
  });

  router.get("/:clientId", async (ctx) => {
    const party = await managed(ctx);
    sendJson(ctx, { ...described(party), registration_client_uri: address(party.clientId), registration_access_token: bearer(ctx) });
  });

  router.put("/:clientId", readBody("json"), async (ctx) => {
    const party = await updateDynamically(storage, await managed(ctx), bodyOf(ctx), clock());
    sendJson(ctx, { ...described(party), registration_client_uri: address(party.clientId), registration_access_token: bearer(ctx) });
  });

  router.delete("/:clientId", async (ctx) => {
    await removeDynamically(storage, await managed(ctx), clock());
    ctx.status = 204;
  });

  return router;
}

/** What is registered. The secret was told once; on whose word it was made is the operator's to know. */
function described({ metadata }: RelyingParty): Record<string, unknown> {
  const { client_secret: _secret, registered_by: _by, ...rest } = metadata;
  return rest;
}

/** The token of the request (RFC 6750 2.1), or null. */
function bearer(ctx: Parameters<Middleware>[0]): string | null {
  return /^Bearer ([A-Za-z0-9._~+/-]{1,200})=*$/i.exec(ctx.get("authorization"))?.[1] ?? null;
}

const bodyOf = (ctx: Context): Readonly<Record<string, unknown>> => ctx.request.body as Record<string, unknown>;
