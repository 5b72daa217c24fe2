import { minuteText } from "../dates.ts";
import { html, type Html } from "../../../../views/html.ts";
import { icons } from "../../../../views/icons.ts";
import { notice } from "../../../../views/parts.ts";
import type { Crosswalk } from "../crosswalk.ts";
import { defaultAcr } from "../crosswalk.ts";
import type { LogoutEntry } from "../logout-log.ts";
import { messagesIn } from "../messages/index.ts";
import type { Session } from "../session.ts";
import { layout, type PageContext } from "./layout.ts";
import { logoutList, postForm } from "./parts.ts";

export interface HomeView {
  /** `null` while the provider does not answer. */
  readonly crosswalk: Crosswalk | null;
  readonly signedIn: boolean;
  readonly ended: Session["ended"];
  readonly logouts: readonly LogoutEntry[];
}

/** Where everything begins. */
export function homePage(context: PageContext, view: HomeView): Html {
  const { language } = context;
  const { home } = messagesIn(language);
  return layout(
    context,
    home.title,
    html`<div class="hero"><h1>${home.title}</h1>
<p class="lead">${home.lead}</p></div>
<div role="status" class="notices">${view.ended !== null && endedNotice(context, view.ended)}${view.signedIn && signedInNotice(context)}</div>
${view.crosswalk === null ? unreachable(context) : signInForm(context, view.crosswalk, view.signedIn)}
${logoutList(view.logouts, language)}`,
  );
}

function endedNotice({ language }: PageContext, ended: NonNullable<Session["ended"]>): Html {
  const { home } = messagesIn(language);
  return notice("information", html`<strong>${home.endedTitle}</strong>${home.endedBy[ended.by](minuteText(ended.at, language))}`);
}

function signedInNotice({ language }: PageContext): Html {
  const { home } = messagesIn(language);
  return notice("success", html`<strong>${home.signedInTitle}</strong>${home.signedInText}<p class="notice-links"><a class="button primary" href="/claims?lang=${language}">${home.showClaims}</a></p>`);
}

function unreachable({ language }: PageContext): Html {
  const { home } = messagesIn(language);
  return html`${notice("warning", html`<strong>${home.unreachableTitle}</strong>${home.unreachableText}`)}
<p class="wide"><a class="button secondary" href="/?lang=${language}">${home.retry}</a></p>`;
}

function signInForm({ language }: PageContext, crosswalk: Crosswalk, again: boolean): Html {
  const { home } = messagesIn(language);
  const form = postForm(
    "/login",
    language,
    html`<div class="field">
<label for="acr">${home.level}</label>
<select id="acr" name="acr" aria-describedby="acr-hint">
<option value="">${home.noLevel}</option>
${crosswalk.scales.map(({ title, values }) => html`<optgroup label="${title[language]}">${values.map(({ acr, requires }) => option(acr, home.requirementWords(requires)))}</optgroup>`)}
</select>
<p class="hint" id="acr-hint">${home.levelHint}</p>
</div>
<details class="details"><summary>${home.options}</summary>
<div class="checks">
${check("resource", home.resource, home.resourceHint, true)}
${check("fresh", home.fresh, home.freshHint, false)}
${check("prompt", home.prompt, home.promptHint, false)}
${check("offline", home.offline, home.offlineHint, false)}
</div></details>
<button class="${again ? "button secondary large" : "button primary large"}" type="submit">${icons.passkey}<span>${home.signIn}</span></button>`,
    "form sign-in",
  );
  return again ? html`<section aria-labelledby="again"><h2 id="again">${home.again}</h2>${form}</section>` : form;
}

function option(acr: string, words: string): Html {
  return html`<option value="${acr}"${acr === defaultAcr && html` selected`}>${words} — ${acr}</option>`;
}

function check(name: string, label: string, hint: string, on: boolean): Html {
  return html`<div class="check"><input type="checkbox" id="${name}" name="${name}" value="on" aria-describedby="${name}-hint"${on && html` checked`}><div><label for="${name}">${label}</label><p class="hint" id="${name}-hint">${hint}</p></div></div>`;
}
