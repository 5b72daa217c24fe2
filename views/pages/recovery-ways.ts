import type { PageContext } from "../context.ts";
import { html, type Html } from "../html.ts";
import { icons } from "../icons.ts";
import { layout } from "../layout.ts";
import { messagesIn, type Locale } from "../messages/index.ts";

/** What can be done when the phone is lost, new or away. */
export const recoveryPurposes = ["recover", "hold", "release", "renew"] as const;
export type RecoveryPurpose = (typeof recoveryPurposes)[number];

export interface RecoveryWaysContext extends PageContext {
  /** GET: the start page of each. */
  readonly urls: Readonly<Record<RecoveryPurpose, string>>;
  readonly accountUrl: string;
}

const signs = { recover: icons.phone, hold: icons.warning, release: icons.check, renew: icons.card } as const;

export function recoveryWaysPage(context: RecoveryWaysContext, locale: Locale): Html {
  const { recovery } = messagesIn(locale);
  return layout(context, locale, { title: recovery.title }, html`<h1>${recovery.title}</h1>
<p class="lead">${recovery.lead}</p>
<div class="choices">${recoveryPurposes.map((purpose) => way(purpose, context.urls[purpose], locale))}</div>
<p><a class="target" href="${context.accountUrl}">${recovery.account}</a></p>`);
}

function way(purpose: RecoveryPurpose, url: string, locale: Locale): Html {
  const { label, hint } = messagesIn(locale).recovery.ways[purpose];
  return html`<a class="choice" href="${url}">${signs[purpose]}<span class="choice-text"><span class="choice-label">${label}</span><span class="choice-hint">${hint}</span></span></a>`;
}
