import { fromBase64Url } from "../bytes.ts";

/**
 * Which medium holds the key and how the person approved, as the app tells it. The bridge writes it down as
 * claimed and believes only the certificate's policy: it raises no level.
 */
export interface ClaimedDevice {
  readonly medium: "smartphone" | "card";
  readonly approval: "pin" | "biometric";
}

/** What is sent to prove possession: base64url. It counts once. */
export interface Proof {
  /** DER. */
  readonly certificate: string;
  readonly signature: string;
  readonly device?: ClaimedDevice;
  /** Of the purpose `attributes`: the signature certificate, and the same statement signed by its key. */
  readonly attributes?: { readonly certificate: string; readonly signature: string };
  /** Of the purpose `renew`: the earlier certificate, and the same statement signed by its key. */
  readonly previous?: { readonly certificate: string; readonly signature: string };
}

/** Whether a value has the form of a {@link Proof}. */
export function isProof(value: unknown): value is Proof {
  if (typeof value !== "object" || value === null) return false;
  const { device, attributes, previous }: Partial<Record<string, unknown>> = { ...value };
  return isSigned(value) && (device === undefined || isClaimedDevice(device)) && [attributes, previous].every((also) => also === undefined || isSigned(also));
}

function isSigned(value: unknown): value is { readonly certificate: string; readonly signature: string } {
  const { certificate, signature }: Partial<Record<string, unknown>> = { ...Object(value) };
  return isBytes(certificate) && isBytes(signature);
}

function isClaimedDevice(value: unknown): value is ClaimedDevice {
  const { medium, approval }: Partial<Record<string, unknown>> = { ...Object(value) };
  return (medium === "smartphone" || medium === "card") && (approval === "pin" || approval === "biometric");
}

function isBytes(value: unknown): value is string {
  return typeof value === "string" && value !== "" && fromBase64Url(value) !== null;
}
