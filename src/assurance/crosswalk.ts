import type { Assurance } from "./assure.ts";
import { ownAcr, scales } from "./vocabularies.ts";
import type { AcrMeaning, Scale } from "./vocabularies.ts";

/** What an assurance lacks; `unknown` when none of the values asked for means anything here. */
export type Unmet = AcrMeaning | { readonly unknown: true };

export interface AcrRequest {
  /** In the order of preference (OpenID Connect Core 3.1.2.1). */
  readonly requested: readonly string[];
  /** Whether an answer below every value asked for is a refusal. */
  readonly essential: boolean;
}

const meanings = new Map(scales.flatMap(({ values }) => values.map(({ acr, means }) => [acr, means])));

/** What an `acr` value stands for; `undefined` when it is in none of our vocabularies. */
export const acrMeaning = (acr: string): AcrMeaning | undefined => meanings.get(acr);

/** The members of `means` that the assurance does not reach; `null` when it reaches all of them. */
export function missingFor(means: AcrMeaning, assurance: Assurance): AcrMeaning | null {
  const missing: AcrMeaning = {
    ...(means.ial !== undefined && assurance.ial < means.ial && { ial: means.ial }),
    ...(means.aal !== undefined && assurance.aal < means.aal && { aal: means.aal }),
    ...(means.phishingResistant && !assurance.phishingResistant && { phishingResistant: true }),
    ...(means.hardwareBound && !assurance.hardwareBound && { hardwareBound: true }),
    ...(means.statusCheckedNow && !assurance.statusCheckedNow && { statusCheckedNow: true }),
  };
  return Object.keys(missing).length === 0 ? null : missing;
}

/** Whether the assurance reaches what the value stands for. An unknown value is never reached. */
export function acrSatisfied(acr: string, assurance: Assurance): boolean {
  const means = acrMeaning(acr);
  return means !== undefined && missingFor(means, assurance) === null;
}

/**
 * The `acr` to answer with: the first value asked for that is reached, in the order asked. When none
 * is, an essential request is unmet (by the first known value asked for); a voluntary one is answered
 * with what was reached on the scale it asked in, or with our own value.
 */
export function chooseAcr(request: AcrRequest, assurance: Assurance): { readonly acr: string } | { readonly unmet: Unmet } {
  const met = request.requested.find((acr) => acrSatisfied(acr, assurance));
  if (met !== undefined) return { acr: met };
  const asked = request.requested.find((acr) => meanings.has(acr));
  if (request.essential && request.requested.length > 0) return { unmet: unmetBy(asked, assurance) };
  return { acr: reachedOn(scaleOf(asked), assurance) ?? ownAcr(assurance.ial, assurance.aal) };
}

function unmetBy(asked: string | undefined, assurance: Assurance): Unmet {
  const means = asked === undefined ? undefined : acrMeaning(asked);
  return (means && missingFor(means, assurance)) ?? { unknown: true };
}

const scaleOf = (asked: string | undefined): Scale | undefined => scales.find(({ values }) => values.some(({ acr }) => acr === asked));
const reachedOn = (scale: Scale | undefined, assurance: Assurance): string | undefined =>
  scale?.values.find(({ acr }) => acrSatisfied(acr, assurance))?.acr;

/** Every `acr` value we know, for `acr_values_supported` (OpenID Connect Discovery 3). */
export const acrValuesSupported = (): string[] => [...meanings.keys()];

/** The crosswalk as the JSON document that discovery links to. */
export function crosswalkDocument() {
  return {
    scales: scales.map(({ vocabulary, title, values }) => ({
      vocabulary,
      title,
      values: values.map(({ acr, means }) => ({
        acr,
        requires: {
          ...(means.ial !== undefined && { ial: means.ial }),
          ...(means.aal !== undefined && { aal: means.aal }),
          ...(means.phishingResistant && { phishing_resistant: true }),
          ...(means.hardwareBound && { hardware_bound: true }),
          ...(means.statusCheckedNow && { status_checked_now: true }),
        },
      })),
    })),
  };
}
