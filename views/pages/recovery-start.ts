import type { PageContext, RelyingParty } from "../context.ts";
import { day } from "../dates.ts";
import { html, type Html } from "../html.ts";
import { layout } from "../layout.ts";
import { messagesIn, type Locale } from "../messages/index.ts";
import { partyBadge } from "../parts.ts";
import { deviceForm } from "./enrol-start.ts";
import type { RecoveryPurpose } from "./recovery-ways.ts";

export interface KeepablePasskey {
  readonly id: string;
  /** Among all that the person ever had: what it goes by without a name. */
  readonly number: number;
  readonly name?: string;
  /** Name of the model, when known. */
  readonly model?: string;
  /** Seconds since the epoch. */
  readonly lastUsedAt?: number;
}

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
  readonly keepable?: readonly KeepablePasskey[];
}

export function recoveryStartPage(context: RecoveryStartContext, locale: Locale): Html {
  const { recovery, enrolStart } = messagesIn(locale);
  const { purpose, party, keepable = [] } = context;
  const { title, lead } = recovery.start[purpose];
  return layout(context, locale, { title }, html`<h1>${title}</h1>
${party !== undefined && partyBadge(party, locale)}
<p class="lead">${lead}</p>
${effects(purpose, locale)}
${deviceForm({ ...context, purpose: purpose === "recover" ? "recover" : "step-up", fields: html`${keepable.length > 0 && keepFields(keepable, locale)}<h2>${enrolStart.chooseTitle}</h2>` }, locale)}
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

function keepFields(keepable: readonly KeepablePasskey[], locale: Locale): Html {
  const { recovery } = messagesIn(locale);
  return html`<div class="claims" role="group" aria-labelledby="keep">
<h2 id="keep">${recovery.keepTitle}</h2><p>${recovery.keepLead}</p>
${keepable.map((passkey, index) => html`<p class="claim"><input id="keep-${index}" type="checkbox" name="keep" value="${passkey.id}"><label for="keep-${index}">${passkey.name ?? recovery.unnamed(passkey.number)}${about(passkey, locale)}</label></p>`)}
</div>`;
}

/** What tells two passkeys apart that the person gave no name. */
function about({ model, lastUsedAt }: KeepablePasskey, locale: Locale): Html {
  return html`${model !== undefined && html`<span class="hint">${model}</span>`}${lastUsedAt !== undefined && html`<span class="hint">${messagesIn(locale).recovery.lastUsed}: ${day(lastUsedAt, locale)}</span>`}`;
}
