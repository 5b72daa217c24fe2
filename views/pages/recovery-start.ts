import type { PageContext, RelyingParty } from "../context.ts";
import { html, type Html } from "../html.ts";
import { layout } from "../layout.ts";
import { messagesIn, type Locale } from "../messages/index.ts";
import { partyBadge } from "../parts.ts";
import { deviceForm } from "./enrol-start.ts";
import type { RecoveryPurpose } from "./recovery-ways.ts";

export interface RecoveryStartContext extends PageContext {
  readonly purpose: Exclude<RecoveryPurpose, "renew">;
  /** The service on the way to which this happens; absent on the bridge's own pages. */
  readonly party?: RelyingParty;
  /** POST with `device=same|other`, and `keep` once for each passkey to keep. */
  readonly startUrl: string;
  readonly waysUrl: string;
  readonly likelyPhone: boolean;
  /** Of the purpose `recover`: POST with `device=same|other`, where an operator is to decide. */
  readonly reviewUrl?: string;
  /** Of the purpose `recover`, where the person may choose: the passkeys there are. */
  readonly keepable?: readonly { readonly id: string; readonly name?: string }[];
}

export function recoveryStartPage(context: RecoveryStartContext, locale: Locale): Html {
  const { recovery, enrolStart } = messagesIn(locale);
  const { purpose, party, keepable = [] } = context;
  const { title, lead } = recovery.start[purpose];
  return layout(context, locale, { title }, html`<h1>${title}</h1>
${party !== undefined && partyBadge(party, locale)}
<p class="lead">${lead}</p>
${effects(purpose, locale)}
<section aria-labelledby="choose">
<h2 id="choose">${enrolStart.chooseTitle}</h2>
${deviceForm({ ...context, purpose: purpose === "recover" ? "recover" : "step-up", ...(keepable.length > 0 && { fields: keepFields(keepable, locale) }) }, locale)}
</section>
${context.reviewUrl !== undefined && html`<details class="details"><summary>${recovery.unknownTitle}</summary><p>${recovery.unknown}</p><p>${recovery.review}</p>${deviceForm({ ...context, startUrl: context.reviewUrl, purpose: "attributes" }, locale)}</details>`}
<p><a class="target" href="${context.waysUrl}">${recovery.otherWays}</a></p>`);
}

/** What a purpose does, in plain words, before anything is begun. */
export function effects(purpose: RecoveryPurpose, locale: Locale): Html {
  const { recovery } = messagesIn(locale);
  return html`<section aria-labelledby="effects">
<h2 id="effects">${recovery.effectsTitle}</h2>
<ul>${recovery.start[purpose].effects.map((effect) => html`<li>${effect}</li>`)}</ul>
</section>`;
}

function keepFields(keepable: NonNullable<RecoveryStartContext["keepable"]>, locale: Locale): Html {
  const { recovery } = messagesIn(locale);
  return html`<fieldset class="panel"><legend>${recovery.keepTitle}</legend><p>${recovery.keepLead}</p>
${keepable.map(({ id, name }, index) => html`<p class="claim"><input id="keep-${index}" type="checkbox" name="keep" value="${id}"><label for="keep-${index}">${name ?? recovery.unnamed(index + 1)}</label></p>`)}</fieldset>`;
}
