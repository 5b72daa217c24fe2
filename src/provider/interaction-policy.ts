import { errors, interactionPolicy, type KoaContextWithOIDC } from "oidc-provider";
import type { PersonAccount } from "./account.ts";
import { requirementOf } from "./asking.ts";
import { decodeFacts } from "./authentication-facts.ts";
import { nextStep } from "./next-step.ts";
import { ownMetadata } from "./own-metadata.ts";
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
    new Check("device", "a device is signed in by a fresh act of the person", "login_required", (ctx) => {
      // Whoever sends somebody else a code must not find the session of an earlier sign-in doing the rest.
      return ctx.oidc.deviceCode !== undefined && ctx.oidc.result?.login === undefined ? Check.REQUEST_PROMPT : Check.NO_NEED_TO_PROMPT;
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
  const requirement = requirementOf(params, ownMetadata(client));
  const lesserWillDo = ctx.oidc.prompts.has("none") || isStepUpDeclined(ctx);
  const { kind } = await nextStep(ports, (account as PersonAccount).person, decodeFacts(session.acr), requirement, lesserWillDo);
  return kind === "satisfied";
}

/** How an interaction ends when the person declines to do more than was done already. */
export const stepUpDeclined = { step_up: "declined" } as const;

const isStepUpDeclined = (ctx: KoaContextWithOIDC): boolean =>
  (ctx.oidc.result as { step_up?: unknown } | undefined)?.step_up === stepUpDeclined.step_up;
