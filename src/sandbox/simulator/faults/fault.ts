import type { Signer } from "../signer.ts";
import type { WireAnswer } from "../wire.ts";

/** Where a fault shows. Those of a sign-in come with the next one; the others with the next request there. */
export const signInEndpoints = ["authorize", "token", "refresh", "userinfo"] as const;
export const otherEndpoints = ["discovery", "jwks", "par", "introspection", "revocation"] as const;
export type SignInEndpoint = (typeof signInEndpoints)[number];
export type OtherEndpoint = (typeof otherEndpoints)[number];
export type Endpoint = SignInEndpoint | OtherEndpoint;

/** What a fault is made with. */
export interface FaultTools {
  readonly issuer: string;
  /** Seconds since the epoch. */
  readonly now: number;
  readonly signer: Signer;
  /** Has the certificate of the person who signed in revoked at J-LIS. */
  revokeCertificate(): Promise<void>;
  /** Waits as long as the slow answers of this order take. */
  wait(): Promise<void>;
}

/** What a fault is called, what it is, and what is right to do about it. */
export interface FaultFacts {
  readonly name: string;
  readonly description: string;
  /** What a relying party that does everything right does. */
  readonly expected: string;
}

/** How a fault is made; the bridge itself always does right. */
export type FaultWay =
  /** The bridge's answer is changed. */
  | { readonly tamper: (answer: WireAnswer, tools: FaultTools) => WireAnswer | Promise<WireAnswer> }
  /** The bridge is not asked; null closes the connection. */
  | { readonly instead: (tools: FaultTools) => WireAnswer | null }
  /** Something happens before the bridge is asked; its answer is its own. */
  | { readonly before: (tools: FaultTools) => Promise<void> };

export type Fault = FaultFacts & { readonly at: Endpoint } & FaultWay;

