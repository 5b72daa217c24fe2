import type { ErrorCode } from "../../src/errors.ts";
import type { PageContext, Purpose, RelyingParty } from "../context.ts";
import { html, type Html } from "../html.ts";
import { icons } from "../icons.ts";
import { layout } from "../layout.ts";
import { errorSentence, messagesIn, paragraph, type Locale } from "../messages/index.ts";
import { notice, partyBadge, postForm, quietForm } from "../parts.ts";

export interface EnrolStartContext extends PageContext {
  readonly party: RelyingParty;
  readonly purpose: Purpose;
  /** POST with `device=same|other`: opens the transaction. */
  readonly startUrl: string;
  /** POST. */
  readonly cancelUrl: string;
  /** Whether this browser looks like a phone's: decides what stands first. */
  readonly likelyPhone: boolean;
  readonly problem?: ErrorCode;
}

export function enrolStartPage(context: EnrolStartContext, locale: Locale): Html {
  const { enrolStart, common } = messagesIn(locale);
  const { purpose } = context;
  const steps = enrolStart.steps[purpose === "step-up" || purpose === "attributes" ? purpose : "enrol"];
  return layout(context, locale, { title: enrolStart.title[purpose] }, html`<h1>${enrolStart.title[purpose]}</h1>
${partyBadge(context.party, locale)}
${context.problem !== undefined && notice("refusal", errorSentence(context.problem, locale))}
<p class="lead">${paragraph(locale, enrolStart.lead[purpose], common.minutes)}</p>
<section aria-labelledby="how">
<h2 id="how">${enrolStart.howTitle}</h2>
<ol class="steps">${steps.map((step) => html`<li>${step}</li>`)}</ol>
</section>
<section aria-labelledby="choose">
<h2 id="choose">${enrolStart.chooseTitle}</h2>
${deviceForm(context, locale)}
</section>
${quietForm(context, context.cancelUrl, common.cancel)}`);
}

interface DeviceChoice extends PageContext {
  readonly startUrl: string;
  readonly likelyPhone: boolean;
  /** Leave out the other device when it could not reach what is asked. */
  readonly sameDeviceOnly?: boolean;
  readonly purpose?: Purpose;
  /** Further fields of the form. */
  readonly fields?: Html;
}

/** Two buttons that say where the certificate is; the likelier one first. */
export function deviceForm(context: DeviceChoice, locale: Locale): Html {
  const { enrolStart } = messagesIn(locale);
  const choice = (device: "same" | "other", icon: Html, label: string, hint: string, first: boolean, tag = first): Html =>
    html`<button class="${first ? "choice first" : "choice"}" type="submit" name="device" value="${device}">${icon}<span class="choice-text"><span class="choice-label">${label}${tag && html` <span class="tag">${enrolStart.recommended}</span>`}</span><span class="choice-hint">${hint}</span></span></button>`;
  const same = (first: boolean, tag?: boolean): Html => choice("same", icons.phone, enrolStart.same, enrolStart.sameHint, first, tag);
  if (context.sameDeviceOnly === true) return postForm(context, context.startUrl, same(true, false), "choices");
  // A renewal adds a passkey to those that go on working; a step-up and attributes make none.
  const signsInWithNewPasskey = context.purpose === undefined || context.purpose === "enrol" || context.purpose === "recover";
  const otherHint = signsInWithNewPasskey ? paragraph(locale, enrolStart.otherHint, enrolStart.otherLimit) : enrolStart.otherHint;
  const other = choice("other", icons.screens, enrolStart.other, otherHint, !context.likelyPhone);
  return postForm(context, context.startUrl, [context.fields, ...(context.likelyPhone ? [same(true), other] : [other, same(false)])], "choices");
}
