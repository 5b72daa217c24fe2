import { Router } from "@koa/router";
import type { Context, Middleware } from "koa";
import { orThrow, Refusal } from "../../errors.ts";
import { type SignalReceiver, ssfResource, ssfScopes, type SsfScope } from "../../provider/index.ts";
import {
  addSubject, changeStream, createPolling, createStream, defaultSettings, describeStatus, findStream, listStreams, noteActivity, pollRequestFrom, removeStream, removeSubject,
  requestVerification, setStatus, settingsFrom, ssfEndpoints, stateFrom, statusFrom, type Stream, streamConfiguration, subjectFrom, suppliedProblem, transmitterConfiguration,
} from "../../signals/index.ts";
import { bearerRefusals } from "../bearer-refusals.ts";
import { readBody } from "../body.ts";
import { pathId, sendJson } from "../context.ts";
import type { WebPorts } from "../ports.ts";

const resourceMetadata = "/.well-known/oauth-protected-resource/ssf";

/** What anybody may read of the transmitter: its configuration (SSF 1.0 7.1) and how its endpoints are protected (RFC 9728). */
export function signalMetadataRoutes({ issuer }: Pick<WebPorts, "issuer">): Router {
  const router = new Router({ sensitive: true });
  router.get("/.well-known/ssf-configuration", (ctx) => publish(ctx, transmitterConfiguration(issuer)));
  router.get(resourceMetadata, (ctx) => publish(ctx, { resource: ssfResource(issuer), authorization_servers: [issuer], scopes_supported: ssfScopes, bearer_methods_supported: ["header"] }));
  return router;
}

function publish(ctx: Context, document: unknown): void {
  ctx.set("access-control-allow-origin", "*");
  ctx.set("cross-origin-resource-policy", "cross-origin");
  ctx.set("cache-control", "public, max-age=3600");
  ctx.body = document;
}

/** The Event Stream Management API (SSF 1.0 8.1), and the endpoint of receivers that poll (RFC 8936). */
export function signalRoutes(ports: WebPorts): Router {
  const { storage, clock, issuer } = ports;
  const router = new Router({ sensitive: true });
  const polling = createPolling({ storage, clock, issuer, sign: (token) => ports.provider.signEvent(token), ending: ports.drain.begun });
  const streamOf = async (ctx: Context, id: unknown): Promise<Stream> => {
    const stream = await findStream(storage, receiver(ctx).clientId, typeof id === "string" ? id : "");
    await noteActivity(storage, stream.id, clock());
    return stream;
  };
  const { streams, status, addSubject: add, removeSubject: remove, verification, poll } = ssfEndpoints;
  const reads = allowed(ports, "ssf.read");
  const manages = allowed(ports, "ssf.manage");

  router.use("/ssf", bearerRefusals(`${issuer}${resourceMetadata}`));

  router.get(streams, reads, async (ctx) => {
    const asked = streamId(ctx);
    const found = asked === undefined ? await listStreams(storage, receiver(ctx).clientId) : await streamOf(ctx, asked);
    sendJson(ctx, Array.isArray(found) ? found.map((stream) => streamConfiguration(issuer, stream)) : streamConfiguration(issuer, found as Stream));
  });

  router.post(streams, manages, readBody("json"), async (ctx) => {
    const settings = orThrow(settingsFrom(bodyOf(ctx), defaultSettings));
    const stream = await createStream(storage, { clientId: receiver(ctx).clientId, settings, now: clock() });
    ctx.status = 201;
    sendJson(ctx, streamConfiguration(issuer, stream));
  });

  /** What a request does not mention stays as it is (PATCH), or becomes what it is by default (PUT). */
  const changing = (keeps: boolean): Middleware => async (ctx) => {
    const body = bodyOf(ctx);
    const before = await streamOf(ctx, body["stream_id"]);
    const settings = orThrow(settingsFrom(body, keeps ? before : defaultSettings));
    const problem = suppliedProblem(issuer, body, before, settings);
    if (problem !== null) throw new Refusal("invalid_request", problem);
    const after = await changeStream(storage, before.id, { clientId: before.clientId, settings, now: clock() });
    sendJson(ctx, streamConfiguration(issuer, after));
  };
  router.patch(streams, manages, readBody("json"), changing(true));
  router.put(streams, manages, readBody("json"), changing(false));

  router.delete(streams, manages, async (ctx) => {
    await removeStream(storage, receiver(ctx).clientId, streamId(ctx) ?? "", clock());
    ctx.status = 204;
  });

  router.get(status, reads, async (ctx) => {
    const stream = await streamOf(ctx, streamId(ctx));
    sendJson(ctx, describeStatus(stream.id, { status: stream.status, reason: stream.statusReason }));
  });

  router.post(status, manages, readBody("json"), async (ctx) => {
    const stream = await streamOf(ctx, bodyOf(ctx)["stream_id"]);
    const change = orThrow(statusFrom(bodyOf(ctx)));
    await setStatus(storage, stream, change, clock());
    sendJson(ctx, describeStatus(stream.id, change));
  });

  router.post(add, manages, readBody("json"), async (ctx) => {
    const stream = await streamOf(ctx, bodyOf(ctx)["stream_id"]);
    await addSubject(storage, stream, orThrow(subjectFrom(issuer, bodyOf(ctx)["subject"])));
    ctx.status = 200;
    ctx.body = "";
  });

  router.post(remove, manages, readBody("json"), async (ctx) => {
    const stream = await streamOf(ctx, bodyOf(ctx)["stream_id"]);
    await removeSubject(storage, stream, receiver(ctx).sector, orThrow(subjectFrom(issuer, bodyOf(ctx)["subject"])), clock());
    ctx.status = 204;
  });

  router.post(verification, manages, readBody("json"), async (ctx) => {
    const stream = await streamOf(ctx, bodyOf(ctx)["stream_id"]);
    await requestVerification(storage, stream, orThrow(stateFrom(bodyOf(ctx))), clock());
    ctx.status = 204;
  });

  router.post(`${poll}/:streamId`, reads, readBody("json"), async (ctx) => {
    const stream = await streamOf(ctx, pathId(ctx, "streamId"));
    if (stream.delivery.method !== "poll") throw new Refusal("not_found", "this stream is pushed");
    const gone = new AbortController();
    ctx.res.once("close", () => gone.abort());
    sendJson(ctx, await polling.answer(stream.id, orThrow(pollRequestFrom(bodyOf(ctx))), gone.signal));
  });

  return router;
}

/** Lets a receiver in whose token allows it: what is allowed to change streams may read them, too. */
function allowed({ provider }: WebPorts, scope: SsfScope): Middleware {
  return async (ctx, next) => {
    const found = await provider.signalReceiver(ctx.req);
    if (!found.scopes.has(scope) && !found.scopes.has("ssf.manage")) throw new Refusal("insufficient_scope", scope);
    (ctx.state as { receiver?: SignalReceiver }).receiver = found;
    return next();
  };
}

const receiver = (ctx: Context): SignalReceiver => (ctx.state as { receiver: SignalReceiver }).receiver;

const bodyOf = (ctx: Context): Readonly<Record<string, unknown>> => ctx.request.body as Record<string, unknown>;

function streamId(ctx: Context): string | undefined {
  const { stream_id: id } = ctx.query;
  return Array.isArray(id) ? "" : id;
}
