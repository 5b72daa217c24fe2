import type { PageContext } from "../context.ts";
import { html, type Html, type Renderable } from "../html.ts";
import { icons } from "../icons.ts";
import { layout } from "../layout.ts";
import { messagesIn, type Locale } from "../messages/index.ts";
import { notice, statusRegion } from "../parts.ts";

export interface PhoneContext extends PageContext {
  /** The people whose phones and cards can be tried, in the page's language. */
  readonly personas: readonly { readonly id: string; readonly name: string; readonly note: string }[];
  /** The persona chosen at first. */
  readonly chosen?: string;
  /** `<base>/<persona>/secure-element.json` is the image of that persona's Secure Element. */
  readonly personasBase: string;
  /** The issuers that this phone works with; it refuses the links of all others. */
  readonly issuers: readonly string[];
}

/** The sandbox's stand-in for the app: everything from the link to the passkey, on one page. */
export function phonePage(context: PhoneContext, locale: Locale): Html {
  const { phone } = messagesIn(locale);
  const page = {
    title: phone.title,
    script: "phone",
    data: {
      "data-personas-base": context.personasBase,
      "data-issuers": JSON.stringify(context.issuers),
      "data-purposes": JSON.stringify(phone.purposes),
      "data-messages": JSON.stringify(phone.script),
    },
  } as const;
  return layout(context, locale, page, html`<h1 data-heading>${phone.title}</h1>
<p class="lead">${phone.lead}</p>
${requestStage(locale)}
${statusRegion()}
${linkStage(context, locale)}
${answerStages(locale)}
${passkeyStage(locale)}
${stage("done", phone.doneTitle, notice("success", phone.doneLead))}
${stage("failed", phone.failedTitle, html`<button class="button primary" type="button" data-again>${phone.again}</button>`)}
${stage("number pin passkey confirm", undefined, html`<button class="button quiet" type="button" data-cancel>${phone.cancel}</button>`)}`);
}

function stage(when: string, title: string | undefined, body: Renderable, shown = false): Html {
  return html`<section class="stage" data-when="${when}"${title !== undefined && html` data-title="${title}"`}${!shown && html` hidden`}>${body}</section>`;
}

function linkStage(context: PhoneContext, locale: Locale): Html {
  const { phone } = messagesIn(locale);
  const persona = ({ id, name, note }: PhoneContext["personas"][number]): Html =>
    html`<option value="${id}"${id === context.chosen && html` selected`}>${name} (${note})</option>`;
  return stage("link", undefined, html`<form class="form" data-link-form>
<div class="field"><label for="persona">${phone.choose}</label><select id="persona" name="persona" required>${context.personas.map(persona)}</select></div>
<div class="field"><label for="link">${phone.link}</label><input id="link" name="link" type="text" inputmode="url" autocomplete="off" autocapitalize="none" spellcheck="false" required aria-describedby="link-hint"><p class="hint" id="link-hint">${phone.linkHint}</p></div>
<button class="button primary large" type="submit">${phone.connect}</button>
</form>`, true);
}

function requestStage(locale: Locale): Html {
  const { phone } = messagesIn(locale);
  return stage("number pin", phone.requestTitle, html`<dl class="facts panel">
<div class="fact"><dt>${phone.who}</dt><dd><strong data-client-name></strong> <span class="party-host" data-client-host></span></dd></div>
<div class="fact"><dt>${phone.what}</dt><dd data-purpose></dd></div>
<div class="fact"><dt>${phone.issuer}</dt><dd data-issuer></dd></div>
</dl>
${notice("warning", phone.stranger)}`);
}

function answerStages(locale: Locale): Html {
  const { phone } = messagesIn(locale);
  const digits = (name: string, label: string, length: number, type: "text" | "password", hint?: string): Html =>
    html`<div class="field"><label for="${name}">${label}</label><input class="digits" id="${name}" name="${name}" type="${type}" inputmode="numeric" autocomplete="off" maxlength="${length}" required${hint !== undefined && html` aria-describedby="${name}-hint"`}>${hint !== undefined && html`<p class="hint" id="${name}-hint">${hint}</p>`}</div>`;
  return html`${stage("number", undefined, html`<form class="form" data-number-form>${digits("number", phone.number, 2, "text")}<button class="button primary large" type="submit">${phone.next}</button></form>`)}
${stage("pin", undefined, html`<form class="form" data-pin-form>${digits("pin", phone.pin, 4, "password", phone.pinHint)}
<div class="field" data-signature-pin hidden><label for="signature-pin">${phone.signaturePin}</label><input id="signature-pin" name="signature-pin" type="password" autocomplete="off" autocapitalize="characters" maxlength="16" aria-describedby="signature-pin-hint"><p class="hint" id="signature-pin-hint">${phone.signaturePinHint}</p></div>
<p class="hint" data-tries></p><button class="button primary large" type="submit">${phone.approve}</button></form>`)}`;
}

function passkeyStage(locale: Locale): Html {
  const { phone } = messagesIn(locale);
  return html`${stage("passkey", phone.passkeyTitle, html`<p>${phone.passkeyLead}</p>
<p><button class="button primary large" type="button" data-make-passkey>${icons.passkey}<span>${phone.makePasskey}</span></button></p>
<p><button class="button secondary" type="button" data-use-browser>${phone.useBrowser}</button></p>`)}
${stage("confirm", phone.confirmTitle, html`<p>${phone.confirmLead}</p>
<p><a class="button secondary" target="_blank" rel="noopener" data-continuation hidden>${phone.confirmOpen}</a></p>
<form class="form" data-confirm-form><div class="field"><label for="confirm-number">${phone.confirmNumber}</label><input class="digits" id="confirm-number" name="confirm" type="text" inputmode="numeric" autocomplete="off" maxlength="6" required></div><button class="button primary" type="submit">${phone.confirm}</button></form>`)}`;
}
