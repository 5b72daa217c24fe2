import { errors, interactionPolicy, type KoaContextWithOIDC } from "oidc-provider";
import { type AssuranceRequirement, requirementSatisfied } from "../assurance/index.ts";
import type { PersonRecord } from "../people/index.ts";
import type { PersonAccount } from "./account.ts";
import { type AuthenticationFacts, decodeFacts } from "./authentication-facts.ts";
import { refreshed } from "./living-evidence.ts";
import { assuranceOf, noClient, planFor, requestedAcr, requirementOf } from "./levels.ts";
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
    new Check("resource_without_scope", "a resource was asked for without any of its scopes", "invalid_target", (ctx) => {
      // Nobody can be asked to agree to nothing: such a token would be given without consent.
      const asked = ctx.oidc.requestParamScopes;
      const empty = Object.values(ctx.oidc.resourceServers ?? {}).some(({ scopes }) => ![...scopes].some((scope) => asked.has(scope)));
      if (empty) throw new errors.InvalidTarget("ask for at least one scope of the resource");
      return Check.NO_NEED_TO_PROMPT;
    }),
  );
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
  const facts = decodeFacts(session.acr);
  if (await isSatisfied(ports, person, facts, requirement)) return true;
  // A better value could be reached by doing more. Where nobody may be asked, or the person declined,
  // a lesser one of those asked for is enough.
  const askNobody = ctx.oidc.prompts.has("none") || isStepUpDeclined(ctx);
  return askNobody && requirementSatisfied(requirement, assuranceOf(ports, person, facts, noClient));
}

/** How an interaction ends when the person declines to do more than was done already. */
export const stepUpDeclined = { step_up: "declined" } as const;

const isStepUpDeclined = (ctx: KoaContextWithOIDC): boolean =>
  (ctx.oidc.result as { step_up?: unknown } | undefined)?.step_up === stepUpDeclined.step_up;

async function isSatisfied(ports: ProviderPorts, person: PersonRecord, facts: AuthenticationFacts, requirement: AssuranceRequirement): Promise<boolean> {
  const { kind } = planFor(ports, person, facts, requirement);
  if (kind !== "status_check") return kind === "satisfied";
  // The one step that needs nobody: ask for the status now, and look again.
  const checked = await refreshed(ports, person, 0);
  return planFor(ports, checked, facts, requirement).kind === "satisfied";
}
