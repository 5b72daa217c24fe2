import type { AssurancePolicy } from "../assurance/policy.ts";
import type { Clock } from "../clock.ts";
import type { Observer } from "../observability/index.ts";
import type { JpkiAnchors, JpkiPolicy, JpkiUse } from "../jpki/index.ts";
import type { CertificateReference } from "../people/index.ts";
import type { AuthenticatorMetadata } from "../passkeys/index.ts";
import type { StatusSource } from "../revocation/index.ts";
import type { BoundEvidence, Storage } from "../storage/index.ts";

/** The relying party of WebAuthn: the bridge itself. */
export interface WebAuthnParty {
  readonly id: string;
  readonly name: string;
  /** Origins whose ceremonies count: the issuer's, and those of its apps. */
  readonly origins: readonly string[];
}

/** What the enrolment needs from the rest of the bridge. */
export interface EnrolmentPorts {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly issuer: string;
  /** The verified https app link that opens the app. */
  readonly appLink: string;
  readonly webauthn: WebAuthnParty;
  readonly anchors: JpkiAnchors;
  /** Accepted policies of certificates, by their use. */
  readonly policies: { readonly [Use in JpkiUse]: readonly JpkiPolicy[] };
  readonly status: StatusSource;
  /** By whose roots attestations of passkeys are judged. */
  readonly metadata: AuthenticatorMetadata;
  readonly assurance: AssurancePolicy;
  /** Counts which states transactions reach, where that is measured. */
  readonly observer?: Observer;
  /** Told of evidence once it is committed: a CRL that came while its status was asked for may name it. Never rejects. */
  readonly onBound: (evidence: BoundEvidence) => Promise<void>;
  /** Asks the issuer which certificate this one replaces; null when the operator has no such source. */
  readonly continuity: ((reference: CertificateReference) => Promise<CertificateReference | null>) | null;
  /** How many transactions may be open at once. */
  readonly maximumOpen: number;
  /** How many of them from one network: an IPv4 address, or the first 64 bits of an IPv6 address. */
  readonly maximumOpenPerNetwork: number;
}
