import { Router } from "@koa/router";
import type { Context, Middleware } from "koa";
import { fromBase64Url } from "../../bytes.ts";
import {
  cancelFromDevice, claimTransaction, confirmPasskey, deviceStatus, issueStatement, offerBrowserPasskey,
  passkeyOptions, proveTransaction, registerPasskey, verifyDeviceProof,
} from "../../enrolment/index.ts";
import { Refusal } from "../../errors.ts";
import { asIdentifier, type TransactionId } from "../../identifiers.ts";
import type { ClaimedDevice } from "../../people/index.ts";
import { readBody } from "../body.ts";
import { member, pathId, sendJson, textMember } from "../context.ts";
import type { WebPorts } from "../ports.ts";

const maximumCertificateText = 22_000;
const maximumSignatureText = 1400;

/**
 * The interface of the app (docs/architecture.md, "Enrolment"). No cookies: every call carries a DPoP
 * proof by the transaction's ephemeral key.
 */
export function deviceRoutes(ports: WebPorts): Router {
  const router = new Router({ prefix: "/enrolment/v1/transactions/:txn", sensitive: true });
  const { enrolment } = ports;
  router.use(crossOrigin(ports));

  type Call = (id: TransactionId, deviceKey: string, ctx: Context) => Promise<unknown>;
  const step = (name: string, call: Call): void => {
    router.post(`/${name}`, readBody("json"), async (ctx) => {
      const id = asIdentifier<TransactionId>(pathId(ctx, "txn"));
      const url = `${ports.issuer}${ctx.path}`;
      const deviceKey = await verifyDeviceProof(ctx.get("dpop") || undefined, { method: "POST", url, now: ports.clock() }, ports.storage);
      sendJson(ctx, await call(id, deviceKey, ctx));
    });
    router.options(`/${name}`, (ctx) => {
      ctx.status = 204;
    });
  };

  step("claim", (id, key, ctx) => claimTransaction(enrolment, id, key, textMember(ctx, "secret", 64)));
  step("statement", async (id, key, ctx) => ({ statement: await issueStatement(enrolment, id, key, optionalNumber(ctx)) }));
  step("proof", (id, key, ctx) =>
    proveTransaction(enrolment, id, key, {
      ...signedOf(ctx.request.body),
      device: claimedDevice(ctx),
      attributes: optionalSigned(ctx, "attributes"),
      previous: optionalSigned(ctx, "previous"),
    }),
  );
  step("passkey/options", async (id, key) => ({ options: await passkeyOptions(enrolment, id, key) }));
  step("passkey", (id, key, ctx) => registerPasskey(enrolment, id, key, member(ctx, "credential")));
  step("continuation", (id, key) => offerBrowserPasskey(enrolment, id, key));
  step("confirm", (id, key, ctx) => confirmPasskey(enrolment, id, key, textMember(ctx, "number", 6)));
  step("status", (id, key) => deviceStatus(enrolment, id, key));
  step("cancel", async (id, key) => {
    await cancelFromDevice(enrolment, id, key);
    return { state: "cancelled" };
  });
  return router;
}

/** Pages of the listed origins may call; without credentials, which this interface never uses. */
function crossOrigin(ports: WebPorts): Middleware {
  return async (ctx, next) => {
    const origin = ctx.get("origin");
    ctx.vary("origin");
    if (ports.appOrigins.includes(origin)) {
      ctx.set("access-control-allow-origin", origin);
      ctx.set("access-control-allow-methods", "POST");
      ctx.set("access-control-allow-headers", "content-type, dpop, accept-language");
      ctx.set("access-control-expose-headers", "retry-after");
      ctx.set("access-control-max-age", "600");
      ctx.set("cross-origin-resource-policy", "cross-origin");
    }
    await next();
  };
}

function optionalNumber(ctx: Context): string | null {
  const { number } = (ctx.request.body ?? {}) as { number?: unknown };
  return number === undefined ? null : textMember(ctx, "number", 2);
}

function claimedDevice(ctx: Context): ClaimedDevice | null {
  const { device } = (ctx.request.body ?? {}) as { device?: unknown };
  if (device === undefined) return null;
  const { medium, approval, ...others }: Partial<Record<string, unknown>> = { ...Object(device) };
  const isMedium = medium === "smartphone" || medium === "card";
  const isApproval = approval === "pin" || approval === "biometric";
  if (!isMedium || !isApproval || Object.keys(others).length > 0) throw new Refusal("invalid_request", "device");
  return { medium, approval };
}

function optionalSigned(ctx: Context, name: string): { certificate: Uint8Array; signature: Uint8Array } | null {
  const value = ((ctx.request.body ?? {}) as Record<string, unknown>)[name];
  return value === undefined ? null : signedOf(value);
}

/** A certificate and what was signed by its key. */
function signedOf(value: unknown): { certificate: Uint8Array; signature: Uint8Array } {
  const { certificate, signature }: Partial<Record<string, unknown>> = { ...Object(value) };
  return { certificate: bytesOf(certificate, "certificate", maximumCertificateText), signature: bytesOf(signature, "signature", maximumSignatureText) };
}

function bytesOf(text: unknown, name: string, longest: number): Uint8Array {
  const bytes = typeof text === "string" && text !== "" && text.length <= longest ? fromBase64Url(text) : null;
  if (bytes === null) throw new Refusal("invalid_request", `${name}: base64url`);
  return bytes;
}
