import { type DerReader, tag } from "./der.ts";

/** CRLReason by number (RFC 5280 5.3.1); 7 is not used. */
export const crlReasons = {
  0: "unspecified",
  1: "keyCompromise",
  2: "cACompromise",
  3: "affiliationChanged",
  4: "superseded",
  5: "cessationOfOperation",
  6: "certificateHold",
  8: "removeFromCRL",
  9: "privilegeWithdrawn",
  10: "aACompromise",
} as const;
export type CrlReason = (typeof crlReasons)[keyof typeof crlReasons];

/** What an authority says of a revoked certificate. `revokedAt` in seconds; no reason given is `null`. */
export interface Revocation {
  readonly revokedAt: number;
  readonly reason: CrlReason | null;
}

/** Reads a CRLReason: ENUMERATED. */
export function readCrlReason(reader: DerReader): CrlReason {
  return crlReasons[readCrlReasonNumber(reader)];
}

export function readCrlReasonNumber(reader: DerReader): keyof typeof crlReasons {
  const offset = reader.offset;
  const number = reader.smallInteger(tag.enumerated);
  return number in crlReasons ? (number as keyof typeof crlReasons) : reader.fail("CRLReason not valid", offset);
}

/** A hold may be lifted; every other reason is final. */
export function statusOfRevocation({ reason }: Revocation): "revoked" | "hold" {
  return reason === "certificateHold" ? "hold" : "revoked";
}
