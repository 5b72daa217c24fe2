import { createHash } from "node:crypto";
import * as asn1js from "asn1js";
import { BasicOCSPResponse, OCSPResponse } from "pkijs";
import type { CertificationAuthority } from "../../../src/sandbox/jlis/ca/certification-authority.ts";
import * as der from "../../../src/sandbox/jlis/x509/der.ts";
import { oid } from "../../../src/sandbox/jlis/x509/object-identifiers.ts";

export const hashes = { [oid.sha1]: "sha1", [oid.sha256]: "sha256", "2.16.840.1.101.3.4.2.3": "sha512" } as const;

/** A Request about one certificate. */
export function single(
  authority: Pick<CertificationAuthority, "facts" | "publicKeyBits">,
  serial: number,
  algorithm: keyof typeof hashes = oid.sha1,
): Uint8Array {
  const hash = (bytes: Uint8Array): Uint8Array => createHash(hashes[algorithm]).update(bytes).digest();
  const identifier = der.sequence(
    der.sequence(der.objectIdentifier(algorithm), der.nothing()),
    der.octetString(hash(authority.facts.name)),
    der.octetString(hash(authority.publicKeyBits)),
    der.integer(serial),
  );
  return der.sequence(identifier);
}

/** An OCSPRequest of several, with request extensions when there are any. */
export function request(singles: readonly Uint8Array[], ...extensions: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const list = der.sequence(...singles);
  const more = extensions.length === 0 ? new Uint8Array() : der.contextConstructed(2, der.sequence(...extensions));
  return der.sequence(der.sequence(list, more));
}

export async function ask(url: string, body: Uint8Array<ArrayBuffer>): Promise<Response> {
  return fetch(url, { method: "POST", headers: { "content-type": "application/ocsp-request" }, body });
}

/** What an answer says, read by a parser that did not write it. */
export interface Answer {
  /** OCSPResponseStatus. */
  readonly responseStatus: number;
  /** Per certificate: 0 good, 1 revoked, 2 unknown. */
  readonly statuses: readonly number[];
  readonly basic: BasicOCSPResponse | null;
}

export async function read(response: Response): Promise<Answer> {
  if (response.headers.get("content-type") !== "application/ocsp-response") throw new Error("not an OCSP response");
  const envelope = new OCSPResponse({ schema: asn1js.fromBER(await response.arrayBuffer()).result });
  const responseStatus = envelope.responseStatus.valueBlock.valueDec;
  const bytes = envelope.responseBytes?.response.valueBlock.valueHexView;
  if (bytes === undefined) return { responseStatus, statuses: [], basic: null };
  const basic = new BasicOCSPResponse({ schema: asn1js.fromBER(bytes).result });
  const statuses = basic.tbsResponseData.responses.map(({ certStatus }) => {
    if (certStatus instanceof asn1js.BaseBlock) return certStatus.idBlock.tagNumber;
    throw new Error("no certStatus");
  });
  return { responseStatus, statuses, basic };
}
