import type { WebPorts } from "./ports.ts";

/** What is shared, as consent and account page tell it alike. */

/** Whoever signs in learns how sure we are: say so where the sign-in is first consented to. */
export const withAssurance = (scopes: readonly string[]): string[] => (scopes.includes("openid") ? [...scopes, "assurance"] : [...scopes]);

/** A protected resource by the name the operator gave it. */
export function nameOfResource(ports: WebPorts, indicator: string): string {
  const known = ports.providerPorts.resources.find(({ identifier }) => identifier === indicator);
  return known === undefined ? indicator : `${known.name} (${new URL(indicator).host})`;
}
