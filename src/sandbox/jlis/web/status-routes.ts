import { setTimeout as wait } from "node:timers/promises";
import type { Context } from "koa";
import { fromBase64, toBase64Url } from "../../../bytes.ts";
import { Refusal } from "../../../errors.ts";
import type { CertificationAuthority } from "../ca/certification-authority.ts";
import { isMunicipalityId, municipalityIds } from "../ca/municipalities.ts";
import type { MunicipalityId } from "../ca/municipalities.ts";
import { distributionPointName } from "../ca/profile.ts";
import type { RevocationList } from "../ca/revocation-lists.ts";
import { readBody } from "./input.ts";
import type { AddRoutes, JlisParts } from "./jlis-parts.ts";

/** What relying software asks a certification authority: OCSP, CRLs, the authorities' certificates. */
export const addStatusRoutes: AddRoutes = (router, parts) => {
  router.post("/ocsp", async (context) => {
    if (context.is("application/ocsp-request") === false) throw new Refusal("unsupported_media_type", "content-type");
    const body = await readBody(context.req);
    await answerStatus(context, parts, body);
  });

  // RFC 6960 A.1: GET {url}/{url-encoding of the base64 encoding of the request}
  router.get("/ocsp/*request", async (context) => {
    await answerStatus(context, parts, requestInPath(context.path.slice("/ocsp/".length)));
  });

  router.get("/crl/index.json", async (context) => {
    const places = parts.authority.authorities.flatMap((authority) => municipalityIds.map((id) => ({ authority, id })));
    context.body = { lists: await Promise.all(places.map(({ authority, id }) => describeList(parts, authority, id))) };
  });

  router.get("/crl/:authority/:partition.crl", async (context) => {
    const { authority: id, partition } = context.params;
    const authority = parts.authority.authorities.find((known) => known.id === id);
    if (authority === undefined || partition === undefined || !isMunicipalityId(partition)) throw new Refusal("not_found", "crl");
    const { der } = await listOf(parts, authority, partition);
    context.type = "application/pkix-crl";
    context.body = Buffer.from(der);
  });

  router.get("/authorities/:authority.cer", (context) => {
    const authority = parts.authority.authorities.find(({ id }) => id === context.params["authority"]);
    if (authority === undefined) throw new Refusal("not_found", "authority");
    context.type = "application/pkix-cert";
    context.body = Buffer.from(authority.certificate);
  });
};

async function answerStatus(context: Context, parts: JlisParts, request: Uint8Array<ArrayBuffer>): Promise<void> {
  const { ocspDown, ocspDelayMs } = parts.faults.current;
  if (ocspDelayMs > 0) await waitUnlessClosing(ocspDelayMs, parts.closing);
  if (ocspDown) throw new Refusal("service_unavailable", "fault", 5);
  context.type = "application/ocsp-response";
  context.body = Buffer.from(await parts.responder.respond(request));
}

/** Waits, and gives up when the server closes meanwhile. */
async function waitUnlessClosing(milliseconds: number, closing: AbortSignal): Promise<void> {
  try {
    await wait(milliseconds, undefined, { signal: closing });
  } catch {
    throw new Refusal("service_unavailable", "closing");
  }
}

/** The request's octets; what is not base64 becomes an empty, so malformed, request. */
function requestInPath(encoded: string): Uint8Array<ArrayBuffer> {
  try {
    return fromBase64(decodeURIComponent(encoded)) ?? new Uint8Array();
  } catch {
    // decodeURIComponent throws on a broken percent escape.
    return new Uint8Array();
  }
}

async function listOf(
  { faults, revocationLists }: JlisParts,
  authority: CertificationAuthority,
  municipality: MunicipalityId,
): Promise<RevocationList> {
  return faults.current.staleCrl
    ? revocationLists.stale(authority, municipality)
    : revocationLists.current(authority, municipality);
}

async function describeList(parts: JlisParts, authority: CertificationAuthority, partition: MunicipalityId): Promise<object> {
  const { number, thisUpdate, nextUpdate } = await listOf(parts, authority, partition);
  return {
    authority: authority.id,
    partition,
    url: `${parts.origin}/crl/${authority.id}/${partition}.crl`,
    issuer: toBase64Url(authority.facts.name),
    distribution_point: toBase64Url(distributionPointName(authority.use, partition)),
    number,
    this_update: thisUpdate,
    next_update: nextUpdate,
  };
}
