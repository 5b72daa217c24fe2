import type { Level } from "../../assurance/facts.ts";
import type { ProviderPorts } from "../ports.ts";

const upTo = (...highest: readonly Level[]): Level[] => ([1, 2, 3] as const).filter((level) => level <= Math.max(...highest));

/** What discovery says of levels: those that the policy in force can give, its version, the crosswalk, and receipts. */
export function assuranceMetadata({ assurance, issuer }: Pick<ProviderPorts, "assurance" | "issuer">) {
  return {
    assurance_crosswalk_uri: `${issuer}/assurance/crosswalk`,
    assurance_policy: assurance.version,
    assurance_receipts_endpoint: `${issuer}/receipts`,
    assurance_receipt_keys_uri: `${issuer}/.well-known/assurance-receipt-keys`,
    ial_values_supported: upTo(...Object.values(assurance.ial)),
    aal_values_supported: upTo(...Object.values(assurance.aal)),
    fal_values_supported: upTo(3),
  };
}
