/** Pieces that several pages share. */
import type { PageContext, RelyingParty } from "./context.ts";
import { html, type Html, type Renderable } from "./html.ts";
import { icons } from "./icons.ts";
import { messagesIn, type Locale } from "./messages/index.ts";

/** The service the person came from: its name, its host and its own picture or first letter. */
export function partyBadge(party: RelyingParty, locale: Locale): Html {
  const logo = ownPath(party.logoUri);
  return html`<div class="party">
${logo === undefined ? html`<span class="party-mark" aria-hidden="true">${[...party.name][0]}</span>` : html`<img class="party-mark" src="${logo}" alt="" width="48" height="48">`}
<p class="party-text"><span class="party-label">${messagesIn(locale).common.service}</span> <strong class="party-name">${party.name}</strong> <span class="party-host">${party.host}</span></p>
</div>`;
}

/** A path on our own origin, else `undefined`: a picture elsewhere would tell others of the visit. */
function ownPath(address: string | undefined): string | undefined {
  return address !== undefined && /^\/[^/\\]/.test(address) ? address : undefined;
}

/** A form that posts with the anti-forgery token. */
export function postForm(context: PageContext, action: string, body: Renderable, className = "form"): Html {
  return html`<form class="${className}" method="post" action="${action}"><input type="hidden" name="csrf" value="${context.csrf}">${body}</form>`;
}

/** A form of one button that is not the main thing on the page. */
export function quietForm(context: PageContext, action: string, label: string): Html {
  return postForm(context, action, html`<button class="button quiet" type="submit">${label}</button>`);
}

/** The place where a browser module says how things are. Always in the page, so that it is read out. */
export function statusRegion(): Html {
  return html`<p class="status" role="status" aria-live="polite" data-status></p><p class="alert" role="alert" data-alert></p>`;
}

const noticeIcons = {
  information: icons.information,
  success: icons.check,
  warning: icons.warning,
  refusal: icons.refusal,
} as const;

/** The way on for somebody whose ID is suspended: the one refusal that they can end themselves, here. */
export function endSuspension(locale: Locale): Html {
  return html`<a class="button secondary" href="/recovery/release">${messagesIn(locale).recovery.start.release.title}</a>`;
}

/** A framed sentence that must not be overlooked. */
export function notice(kind: keyof typeof noticeIcons, text: Renderable): Html {
  return html`<div class="notice ${kind}">${noticeIcons[kind]}<div class="notice-text">${text}</div></div>`;
}

/** One row of a list of facts; a fact that is missing has no row. */
export function fact(name: string, value: Renderable): Html | undefined {
  if (value === undefined || value === null || value === false) return undefined;
  return html`<div class="fact"><dt>${name}</dt><dd>${value}</dd></div>`;
}

/** Passkey sign-in: the button, and the field for the browser's autofill, shown when it can do that. */
export function passkeySignIn(locale: Locale): Html {
  const { signIn } = messagesIn(locale);
  return html`<div class="passkey">
<button class="button primary large" type="button" data-sign-in>${icons.passkey}<span>${signIn.button}</span></button>
${statusRegion()}
<p data-suspended hidden>${endSuspension(locale)}</p>
<div class="field" data-autofill hidden>
<label for="passkey-field">${signIn.field}</label>
<input id="passkey-field" name="passkey" type="text" autocomplete="username webauthn" autocapitalize="none" spellcheck="false" aria-describedby="passkey-hint">
<p class="hint" id="passkey-hint">${signIn.fieldHint}</p>
</div>
</div>`;
}
