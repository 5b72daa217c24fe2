import { SettingsService, verifyRegistrationResponse } from "@simplewebauthn/server";
import { accept, refuse } from "../errors.ts";
import type { Verdict } from "../errors.ts";
import { chainsToRoot } from "./attestation-path.ts";

/** The roots that FIDO metadata lists for a model, and the time to judge certificates at. */
export interface AttestationMetadata {
  /** DER certificates; none for a model that is not listed. */
  readonly rootsOf: (aaguid: string) => readonly Uint8Array[];
  /** Seconds since the epoch. */
  readonly now: number;
}

export interface AttestationStatement {
  readonly format: unknown;
  readonly statement: ReadonlyMap<unknown, unknown>;
  readonly aaguid: string;
}

/**
 * Formats whose statement is verified. Any other, `android-key` among them, counts as no attestation:
 * its sender could have sent `none`. For `android-key` the library would follow URLs out of certificates
 * that nobody vouches for, so it must never see one.
 */
const verifiedFormats = new Set<unknown>(["packed", "tpm", "apple"]);

// The library's own roots would make it fetch revocation lists in the middle of a ceremony. Without roots
// it checks the statement alone, and the path is checked here against metadata.
SettingsService.setRootCertificates({ identifier: "apple", certificates: [] });

/**
 * What the attestation is worth: `verified` only when its certificates lead to a root listed for the
 * model; a sound statement without that is worth no more than `self`. A false one is refused.
 */
export async function judgeAttestation(
  attestation: AttestationStatement,
  registration: Parameters<typeof verifyRegistrationResponse>[0],
  metadata: AttestationMetadata | undefined,
): Promise<Verdict<"none" | "self" | "verified">> {
  const { format, statement, aaguid } = attestation;
  if (format === "none" && statement.size > 0) return refuse("passkey_response_invalid", "attStmt");
  if (!verifiedFormats.has(format)) return accept("none");
  if (!(await isSound(registration))) return refuse("passkey_response_invalid", "attStmt");
  if (metadata === undefined) return accept("self");
  return accept(chainsToRoot(statement.get("x5c"), metadata.rootsOf(aaguid), metadata.now) ? "verified" : "self");
}

async function isSound(registration: Parameters<typeof verifyRegistrationResponse>[0]): Promise<boolean> {
  try {
    return (await verifyRegistrationResponse(registration)).verified;
  } catch {
    return false;
  }
}
