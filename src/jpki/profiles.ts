import { type AlgorithmPolicy } from "../pki/algorithm-policy.ts";
import { type KeyUsage } from "../pki/extensions.ts";
import { keyPurposeOid } from "../pki/oid.ts";

/** What J-LIS's certificates look like, as data. */

/** The two certification authorities of JPKI; each has a trust store of its own. */
export type JpkiUse = "userAuthentication" | "signature";
export type JpkiMedium = "card" | "smartphone";

/** A certificate policy that is accepted, and what holds the key of certificates under it. */
export interface JpkiPolicy {
  readonly oid: string;
  readonly medium: JpkiMedium;
}

export interface JpkiProfile {
  readonly use: JpkiUse;
  /** keyUsage must be exactly this set. */
  readonly keyUsage: readonly KeyUsage[];
  /** Purpose that extKeyUsage must name when present; `null` when the extension must be absent. */
  readonly extendedKeyUsage: string | null;
  /** Keys a person may have. */
  readonly algorithms: AlgorithmPolicy;
  /** Authorities allowed between the pinned one and the person: J-LIS runs one tier. */
  readonly maximumIntermediates: number;
}

const personalKeys: AlgorithmPolicy = { minimumRsaBits: 2048, curves: ["P-256", "P-384"], ed25519: false };

export const userAuthenticationProfile: JpkiProfile = {
  use: "userAuthentication",
  keyUsage: ["digitalSignature"],
  extendedKeyUsage: keyPurposeOid.clientAuth,
  algorithms: personalKeys,
  maximumIntermediates: 0,
};

export const signatureProfile: JpkiProfile = {
  use: "signature",
  keyUsage: ["digitalSignature", "nonRepudiation"],
  extendedKeyUsage: null,
  algorithms: personalKeys,
  maximumIntermediates: 0,
};

/**
 * The policies of the production environment. Those of smartphones are taken from secondary sources and
 * not verified: an operator sets the real ones by configuration.
 */
export const productionPolicies: { readonly [Use in JpkiUse]: readonly JpkiPolicy[] } = {
  userAuthentication: [
    { oid: "1.2.392.200149.8.5.1.3.30", medium: "card" },
    { oid: "1.2.392.200149.8.5.1.3.40", medium: "smartphone" },
  ],
  signature: [
    { oid: "1.2.392.200149.8.5.1.1.20", medium: "card" },
    { oid: "1.2.392.200149.8.5.1.1.40", medium: "smartphone" },
  ],
};

const testEnvironmentArc = "1.2.392.200149.8.5.1.0.";

/** Whether a policy is of J-LIS's test environment: never accepted beside production anchors. */
export function isTestEnvironmentPolicy(oid: string): boolean {
  return oid.startsWith(testEnvironmentArc);
}
