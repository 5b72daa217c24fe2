import { type AssuranceRequirement, requirementSatisfied, type StepUp } from "../assurance/index.ts";
import type { PersonRecord } from "../people/index.ts";
import type { AuthenticationFacts } from "./authentication-facts.ts";
import { assuranceOf, noClient, planFor } from "./levels.ts";
import { refreshed } from "./living-evidence.ts";
import type { ProviderPorts } from "./ports.ts";

/**
 * What is still to be done before this person reaches the requirement: the same answer for a browser that
 * was sent here, a device whose code was entered and a request that is approved on the phone. The one step
 * that needs nobody, asking for the status again, is made here.
 * @param lesserWillDo nobody may be asked, or the person declined to do more: then any of the values asked
 * for is enough, although a more wanted one could be reached.
 */
export async function nextStep(ports: ProviderPorts, person: PersonRecord, facts: AuthenticationFacts, requirement: AssuranceRequirement, lesserWillDo = false): Promise<StepUp> {
  const maximumAge = Math.min(ports.statusRefresh, requirement.maximumStatusAge ?? ports.statusRefresh);
  const known = await refreshed(ports, person, maximumAge);
  const planned = planFor(ports, known, facts, requirement);
  const checked = planned.kind === "status_check" ? await refreshed(ports, known, 0) : known;
  const step = checked === known ? planned : planFor(ports, checked, facts, requirement);
  if (step.kind === "satisfied" || !lesserWillDo) return step;
  return requirementSatisfied(requirement, assuranceOf(ports, checked, facts, noClient)) ? { kind: "satisfied" } : step;
}
