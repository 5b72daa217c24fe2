import { interactionPolicy, type KoaContextWithOIDC } from "oidc-provider";
import { askedClaims, type AskedClaim, isSupportedClaim, parseVerifiedClaimsRequest } from "../../assurance/index.ts";
import { asIdentifier, type ClientId } from "../../identifiers.ts";
import { findConsent } from "../../people/index.ts";
import type { PersonAccount } from "../account.ts";
import type { ProviderPorts } from "../ports.ts";
import { heldAttributes } from "./held-attributes.ts";

export type { AskedClaim } from "../../assurance/index.ts";

const { Check } = interactionPolicy;
type Policy = ReturnType<typeof interactionPolicy.base>;

export const verifiedClaimsName = "verified_claims";
const members = ["id_token", "userinfo"] as const;

/** The claims parameter, as the library hands it around: text, or parsed already. */
export function parsedClaims(parameter: unknown): Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>> {
  const parsed: unknown = typeof parameter === "string" ? JSON.parse(parameter) : parameter;
  return { ...Object(parsed) };
}

/** The verified claims that an authorization request asks for and that are supported here, each once. */
export function askedVerifiedClaims(parameter: unknown): readonly AskedClaim[] {
  const claims = parsedClaims(parameter);
  const requests = members.flatMap((member) => {
    const asked = claims[member]?.[verifiedClaimsName];
    const parsed = asked === undefined || asked === null ? null : parseVerifiedClaimsRequest(asked);
    return parsed?.valid === true ? parsed.value : [];
  });
  return askedClaims(requests).filter(({ name }) => isSupportedClaim(name));
}

/** What a person decided on the consent page: an essential claim goes with the consent, the others as chosen. */
export function decisionsOf(asked: readonly AskedClaim[], chosen: readonly string[]): Readonly<Record<string, boolean>> {
  return Object.fromEntries(asked.map(({ name, essential }) => [name, essential || chosen.includes(name)]));
}

/**
 * The consent page is shown when a claim was not decided upon for this relying party, and when an
 * essential one cannot be had yet: there the person may present the signature certificate.
 */
export function addVerifiedClaimsCheck(ports: ProviderPorts, policy: Policy): Policy {
  policy.get("consent")?.checks.add(
    new Check("verified_claims_undecided", "verified claims were asked for that the person has not decided upon", "consent_required", async (ctx) =>
      (await isDecided(ports, ctx)) ? Check.NO_NEED_TO_PROMPT : Check.REQUEST_PROMPT),
  );
  return policy;
}

async function isDecided(ports: ProviderPorts, ctx: KoaContextWithOIDC): Promise<boolean> {
  const { account, client, params, prompts, result } = ctx.oidc;
  if (account === undefined || client === undefined) return true;
  const asked = askedVerifiedClaims(params?.["claims"]);
  if (asked.length === 0) return true;
  const { person } = account as PersonAccount;
  const consent = await findConsent(ports.storage.read, person.id, asIdentifier<ClientId>(client.clientId));
  const decisions = consent?.verifiedClaims ?? {};
  const isOpen = ({ name, essential }: AskedClaim): boolean => decisions[name] === undefined || (essential && decisions[name] === false);
  if (asked.some(isOpen)) return false;
  // Whoever has just consented, or may not be asked, goes on without what is not there.
  const mayAsk = !prompts.has("none") && result?.consent === undefined;
  return !mayAsk || !asked.some(({ essential }) => essential) || (await heldAttributes(ports, person)) !== null;
}
