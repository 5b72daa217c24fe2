import type { KeyObject } from "node:crypto";
import { signatureAlgorithm, signed } from "./certificate.ts";
import * as der from "./der.ts";
import type { Der } from "./der.ts";
import { authorityKeyIdentifier, extension, issuingDistributionPoint } from "./extensions.ts";
import type { IssuerFacts } from "./extensions.ts";
import { oid } from "./object-identifiers.ts";

/** CRLReason (RFC 5280 5.3.1), as far as the stand-in gives one. */
export const reasonCode = {
  unspecified: 0,
  keyCompromise: 1,
  affiliationChanged: 3,
  superseded: 4,
  cessationOfOperation: 5,
  certificateHold: 6,
} as const;

export interface RevokedEntry {
  readonly serial: number;
  /** Seconds since the epoch. */
  readonly since: number;
  readonly reason: keyof typeof reasonCode;
}

export interface RevocationListFields {
  readonly issuer: IssuerFacts;
  /** DER Name that the certificates of this partition carry as their distribution point. */
  readonly distributionPoint: Uint8Array;
  readonly number: number;
  readonly thisUpdate: number;
  readonly nextUpdate: number;
  readonly entries: readonly RevokedEntry[];
}

/** A complete v2 CRL (RFC 5280 5) for one partition, in DER. */
export async function buildRevocationList(fields: RevocationListFields, issuerKey: KeyObject): Promise<Der> {
  const extensions = der.sequence(
    authorityKeyIdentifier(fields.issuer),
    extension(oid.crlNumber, der.integer(fields.number)),
    issuingDistributionPoint(fields.distributionPoint),
  );
  const tbs = der.sequence(
    der.integer(1),
    signatureAlgorithm(),
    fields.issuer.name,
    der.time(fields.thisUpdate),
    der.time(fields.nextUpdate),
    // An empty list of entries must be absent (RFC 5280 5.1.2.6).
    fields.entries.length === 0 ? new Uint8Array() : der.sequence(...fields.entries.map(revokedCertificate)),
    der.contextConstructed(0, extensions),
  );
  return signed(tbs, issuerKey);
}

function revokedCertificate(entry: RevokedEntry): Der {
  const reason = der.sequence(extension(oid.reasonCode, der.enumerated(reasonCode[entry.reason])));
  return der.sequence(
    der.integer(entry.serial),
    der.time(entry.since),
    // "unspecified" is said by leaving the reason out (RFC 5280 5.3.1).
    entry.reason === "unspecified" ? new Uint8Array() : reason,
  );
}
