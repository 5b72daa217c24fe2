import { type Behaviour, sends } from "./servers.ts";
import { createStatusService, type StatusService, type StatusServiceOptions } from "../../src/revocation/index.ts";
import { now } from "../certificates/authority.ts";
import { authorityCrl, crlExtensions, type CrlSpec, reasonCode } from "../certificates/crl-factory.ts";
import { jpkiAuthority, jpkiCertificate } from "../certificates/jpki.ts";
import { buildOcspResponse, byName, certIdDer, nonceExtension, type OcspSpec, parsed, responderCertificate, responderKey, responderName, type SingleSpec } from "../certificates/ocsp-factory.ts";

/** One authority, one person's certificate, responders and CRLs that answer about it. */

export const authority = jpkiAuthority();
export const leafSerial = 20_260_001;
const leaf = jpkiCertificate({ serialNumber: leafSerial });
const certId = certIdDer(leaf, authority.certificate);
export const subject = { certificate: parsed(leaf), issuer: parsed(authority.certificate) };
export const issuer = subject.issuer;

export const ocspType = "application/ocsp-response";
export const crlType = "application/pkix-crl";

/** A clock that a test moves. */
export function testClock(start = now): { (): number; advance(seconds: number): void } {
  let time = start;
  return Object.assign(() => time, { advance: (seconds: number) => void (time += seconds) });
}

/** The answer to a request, with its nonce, made at this time. */
export function answerTo(request: Uint8Array, time: number, single: Partial<SingleSpec> = {}, spec: Partial<OcspSpec> = {}): Uint8Array<ArrayBuffer> {
  return buildOcspResponse({
    signer: responderKey(),
    responderId: byName(responderName),
    producedAt: time,
    responses: [{ certId, thisUpdate: time, nextUpdate: time + 3600, ...single }],
    // The nonce is the last field of the request.
    extensions: [nonceExtension(request.subarray(-32))],
    certificates: [responderCertificate(authority)],
    ...spec,
  });
}

/** Answers each request with its own nonce, made at the clock's time. */
export function responder(single: Partial<SingleSpec> = {}, clock: () => number = () => now, spec: Partial<OcspSpec> = {}): Behaviour {
  return (request, response) => sends(answerTo(request.body, clock(), single, spec), ocspType)(request, response);
}

/** The CRL of the person's municipality; `reason` lists the person's certificate on it. */
export function municipalCrl(number: number, overrides: Partial<CrlSpec> = {}, reason?: number): Uint8Array<ArrayBuffer> {
  const entries = reason === undefined ? [] : [{ serialNumber: leafSerial, extensions: [reasonCode(reason)] }];
  return authorityCrl(authority, { entries, extensions: crlExtensions(authority, number), ...overrides });
}

export function service(options: Partial<StatusServiceOptions>): StatusService {
  return createStatusService({ responders: [], crls: [], clock: () => now, totalDeadlineMs: 600, ...options });
}

/** The status with its source, or the code of the refusal. */
export async function outcome(status: StatusService, at = now, maximumAge?: number): Promise<string> {
  const verdict = await status.check(subject, at, maximumAge === undefined ? {} : { maximumAge });
  return verdict.valid ? `${verdict.value.status} by ${verdict.value.source}` : verdict.code;
}
