import type { Assurance } from "./assure.ts";
import type { AssuranceDescription } from "./description.ts";
import type { Level } from "./facts.ts";

/** What a relying party sees, the same in ID token, userinfo, introspection and JWT access token. */
export type AssuranceClaims = {
  readonly ial: Level;
  readonly aal: Level;
  readonly fal: Level;
  readonly acr: string;
  readonly amr: readonly string[];
  /** Seconds since the epoch; absent when nothing was presented. */
  readonly auth_time?: number;
  readonly assurance: AssuranceDescription;
};

/** The claims of an assurance; `acr` in the vocabulary the relying party asked in: see {@link chooseAcr}. */
export function assuranceClaims(assurance: Assurance, acr: string): AssuranceClaims {
  const { ial, aal, fal, amr, authTime, description } = assurance;
  return { ial, aal, fal, acr, amr, ...(authTime !== null && { auth_time: authTime }), assurance: description };
}
