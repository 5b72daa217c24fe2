import type { KeyObject } from "node:crypto";
import { concatBytes } from "../../../bytes.ts";
import { signature, signatureAlgorithm } from "./certificate.ts";
import * as der from "./der.ts";
import type { Der } from "./der.ts";
import { extension } from "./extensions.ts";
import { oid } from "./object-identifiers.ts";
import { reasonCode } from "./revocation-list.ts";

/** OCSPResponseStatus (RFC 6960 4.2.1) of an answer without content. */
export const unsuccessful = { malformedRequest: 1, internalError: 2, tryLater: 3, unauthorized: 6 } as const;

export type SingleStatus =
  | { readonly kind: "good" }
  | { readonly kind: "unknown" }
  | { readonly kind: "revoked"; readonly since: number; readonly reason: keyof typeof reasonCode };

export interface StatusResponse {
  readonly producedAt: number;
  /** Seconds since the epoch, for every answer in it. */
  readonly thisUpdate: number;
  readonly nextUpdate: number;
  /** DER CertID and its status. */
  readonly answers: readonly { readonly certificate: Uint8Array; readonly status: SingleStatus }[];
  readonly nonce: Uint8Array | null;
}

export interface ResponseSigner {
  readonly certificate: Uint8Array;
  readonly keyIdentifier: Uint8Array;
  readonly privateKey: KeyObject;
}

export const unsuccessfulResponse = (status: keyof typeof unsuccessful): Der =>
  der.sequence(der.enumerated(unsuccessful[status]));

/** A BasicOCSPResponse in its envelope, signed by a delegated signer whose certificate goes with it. */
export async function buildStatusResponse(response: StatusResponse, signer: ResponseSigner): Promise<Der> {
  const nonce = response.nonce === null ? [] : [extension(oid.ocspNonce, response.nonce)];
  const responseData = der.sequence(
    der.contextConstructed(2, der.octetString(signer.keyIdentifier)),
    der.generalizedTime(response.producedAt),
    der.sequence(...response.answers.map((answer) => singleResponse(answer, response))),
    nonce.length === 0 ? new Uint8Array() : der.contextConstructed(1, der.sequence(...nonce)),
  );
  const basic = der.sequence(
    responseData,
    signatureAlgorithm(),
    der.bitString(await signature(responseData, signer.privateKey)),
    der.contextConstructed(0, der.sequence(signer.certificate)),
  );
  const responseBytes = der.sequence(der.objectIdentifier(oid.ocspBasic), der.octetString(basic));
  return der.sequence(der.enumerated(0), der.contextConstructed(0, responseBytes));
}

function singleResponse(answer: StatusResponse["answers"][number], response: StatusResponse): Der {
  return der.sequence(
    answer.certificate,
    certificateStatus(answer.status),
    der.generalizedTime(response.thisUpdate),
    der.contextConstructed(0, der.generalizedTime(response.nextUpdate)),
  );
}

function certificateStatus(status: SingleStatus): Der {
  if (status.kind === "good") return der.contextPrimitive(0, new Uint8Array());
  if (status.kind === "unknown") return der.contextPrimitive(2, new Uint8Array());
  const reason = der.contextConstructed(0, der.enumerated(reasonCode[status.reason]));
  const said = status.reason === "unspecified" ? new Uint8Array() : reason;
  return der.contextConstructed(1, concatBytes(der.generalizedTime(status.since), said));
}
