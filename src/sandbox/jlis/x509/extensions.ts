import { createHash } from "node:crypto";
import { concatBytes, utf8 } from "../../../bytes.ts";
import * as der from "./der.ts";
import type { Der } from "./der.ts";
import { directoryName } from "./name.ts";
import { oid } from "./object-identifiers.ts";

/** Bit numbers of KeyUsage (RFC 5280 4.2.1.3). */
export const keyUsageBit = { digitalSignature: 0, nonRepudiation: 1, keyCertSign: 5, crlSign: 6 } as const;

/** What an authority's certificate says to those it signs. */
export interface IssuerFacts {
  /** DER Name. */
  readonly name: Uint8Array;
  /** DER Name of who issued the authority's own certificate: itself, when self-signed. */
  readonly certificateIssuer: Uint8Array;
  readonly serial: number;
  readonly keyIdentifier: Uint8Array;
}

export function extension(type: string, value: Uint8Array, critical = false): Der {
  const flag = critical ? der.yes() : new Uint8Array();
  return der.sequence(der.objectIdentifier(type), flag, der.octetString(value));
}

/** SHA-1 of the subjectPublicKey bits (RFC 5280 4.2.1.2, method 1): a name for a key, not a protection. */
export function keyIdentifierOf(publicKeyBits: Uint8Array): Uint8Array {
  return createHash("sha1").update(publicKeyBits).digest();
}

export const subjectKeyIdentifier = (keyIdentifier: Uint8Array): Der =>
  extension(oid.subjectKeyIdentifier, der.octetString(keyIdentifier));

/** Key identifier together with issuer and serial, as JPKI certificates carry it. */
export function authorityKeyIdentifier(issuer: IssuerFacts): Der {
  const serial = der.integer(issuer.serial).subarray(2);
  return extension(
    oid.authorityKeyIdentifier,
    der.sequence(
      der.contextPrimitive(0, issuer.keyIdentifier),
      der.contextConstructed(1, directoryName(issuer.certificateIssuer)),
      der.contextPrimitive(2, serial),
    ),
  );
}

export const keyUsage = (...bits: readonly number[]): Der => extension(oid.keyUsage, der.namedBits(...bits), true);

export const extendedKeyUsage = (purpose: string): Der =>
  extension(oid.extendedKeyUsage, der.sequence(der.objectIdentifier(purpose)));

/** basicConstraints of an authority, without pathLenConstraint. */
export const authorityConstraints = (): Der => extension(oid.basicConstraints, der.sequence(der.yes()), true);

export function certificatePolicies(policy: string, practiceStatement: string): Der {
  const qualifier = der.sequence(der.objectIdentifier(oid.cps), der.ia5String(practiceStatement));
  const information = der.sequence(der.objectIdentifier(policy), der.sequence(qualifier));
  return extension(oid.certificatePolicies, der.sequence(information), true);
}

export const issuerAltName = (directory: Uint8Array): Der =>
  extension(oid.issuerAltName, der.sequence(directoryName(directory)));

export const subjectAltName = (...generalNames: readonly Uint8Array[]): Der =>
  extension(oid.subjectAltName, der.sequence(...generalNames));

/** DistributionPointName fullName of one directoryName. */
const fullName = (directory: Uint8Array): Der =>
  der.contextConstructed(0, der.contextConstructed(0, directoryName(directory)));

export const crlDistributionPoint = (directory: Uint8Array): Der =>
  extension(oid.crlDistributionPoints, der.sequence(der.sequence(fullName(directory))));

export const issuingDistributionPoint = (directory: Uint8Array): Der =>
  extension(oid.issuingDistributionPoint, der.sequence(fullName(directory)), true);

export function authorityInformationAccess(ocspUrl: string): Der {
  const description = concatBytes(der.objectIdentifier(oid.ocsp), der.contextPrimitive(6, utf8(ocspUrl)));
  return extension(oid.authorityInformationAccess, der.sequence(der.sequence(description)));
}

/** The responder's own certificate is short-lived and is not checked for revocation (RFC 6960 4.2.2.2.1). */
export const ocspNoCheck = (): Der => extension(oid.ocspNoCheck, der.nothing());
