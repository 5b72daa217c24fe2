import { interactionPolicy, type KoaContextWithOIDC } from "oidc-provider";
import type { AssuranceRequirement } from "../assurance/index.ts";
import type { PersonRecord } from "../people/index.ts";
import type { PersonAccount } from "./account.ts";
import { type AuthenticationFacts, decodeFacts } from "./authentication-facts.ts";
import { refreshed } from "./living-evidence.ts";
import { planFor, requestedAcr, requirementOf } from "./levels.ts";
import type { ProviderPorts } from "./ports.ts";

const { Check, base } = interactionPolicy;

/**
 * The interaction policy: who is signed in, whether what was asked for is really reached, consent.
 * The library's own `acr` checks compare strings; ours computes the level, for `acr_values`, the
 * `claims` parameter and the registration alike, whatever way the request came in.
 */
export function createInteractionPolicy(ports: ProviderPorts): ReturnType<typeof base> {
  const policy = base();
  const login = policy.get("login");
  if (login === undefined) throw new Error("the base policy has no login prompt");
  login.checks.remove("essential_acrs");
  login.checks.remove("essential_acr");
  login.checks.add(
    new Check("person_gone", "End-User authentication is required", "login_required", async (ctx) => {
      const { session, account } = ctx.oidc;
      return session?.accountId !== undefined && account === undefined ? Check.REQUEST_PROMPT : Check.NO_NEED_TO_PROMPT;
    }),
  );
  login.checks.add(
    new Check(
      "assurance",
      "the requested level of assurance was not reached",
      "unmet_authentication_requirements",
      async (ctx) => ((await isReached(ports, ctx)) ? Check.NO_NEED_TO_PROMPT : Check.REQUEST_PROMPT),
    ),
  );
  return policy;
}

async function isReached(ports: ProviderPorts, ctx: KoaContextWithOIDC): Promise<boolean> {
  const { session, client, params, account } = ctx.oidc;
  if (session === undefined || account === undefined || client === undefined || params === undefined) return true;
  const requirement = requirementOf(requestedAcr(params), client.metadata());
  const maximumAge = Math.min(ports.statusRefresh, requirement.maximumStatusAge ?? ports.statusRefresh);
  const person = await refreshed(ports, (account as PersonAccount).person, maximumAge);
  return isSatisfied(ports, person, decodeFacts(session.acr), requirement);
}

async function isSatisfied(ports: ProviderPorts, person: PersonRecord, facts: AuthenticationFacts, requirement: AssuranceRequirement): Promise<boolean> {
  const { kind } = planFor(ports, person, facts, requirement);
  if (kind !== "status_check") return kind === "satisfied";
  // The one step that needs nobody: ask for the status now, and look again.
  const checked = await refreshed(ports, person, 0);
  return planFor(ports, checked, facts, requirement).kind === "satisfied";
}
