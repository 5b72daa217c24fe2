import { html, type Html } from "../../../../views/html.ts";
import type { SignedIn, SignInRequest } from "../sign-in.ts";
import { dayText, minuteText } from "../dates.ts";
import type { Language } from "../language.ts";
import type { LogoutEntry } from "../logout-log.ts";
import { messagesIn } from "../messages/index.ts";
import type { Outcome } from "../session.ts";
import { type Summary, summaryOf } from "../summary.ts";
import { claimSections } from "./claim-sections.ts";
import { layout, type PageContext } from "./layout.ts";
import { outcomeView } from "./outcome.ts";
import { fact, logoutList, postForm } from "./parts.ts";

export interface ClaimsView {
  readonly person: SignedIn;
  readonly outcome: Outcome | null;
  readonly logouts: readonly LogoutEntry[];
}

/** What arrived about the person, and what can be done with it. */
export function claimsPage(context: PageContext, { person, outcome, logouts }: ClaimsView): Html {
  const { language } = context;
  const { claims } = messagesIn(language);
  return layout(
    context,
    claims.title,
    html`<h1>${claims.title}</h1>
<div role="status" class="notices" id="outcome">${outcome !== null && outcomeView(outcome, language)}</div>
${summaryCard(summaryOf(person.idToken), language)}
${actions(person, language)}
${source("id-token", claims.idToken, claims.idTokenHint, claimSections(person.idToken, language), true)}
${source("userinfo", claims.userinfo, claims.userinfoHint, claimSections(person.userinfo, language, person.idToken), false)}
${aboutSignIn(person, language)}
${logoutList(logouts, language)}`,
  );
}

function summaryCard(summary: Summary, language: Language): Html {
  const { claims } = messagesIn(language);
  const day = (seconds: number): string => dayText(seconds, language);
  return html`<section class="summary" aria-labelledby="summary">
<h2 id="summary">${claims.summaryTitle}</h2>
<p class="lead">${claims.evidenceSentence(summary, day)}${language === "en" && " "}${claims.authenticationSentence(summary)}</p>
<dl class="levels">${(["ial", "aal", "fal"] as const).map((name) => levelMeter(name, summary[name], language))}</dl>
${summary.authTime !== null && html`<p class="hint">${claims.authenticatedAt(minuteText(summary.authTime, language))}</p>`}
</section>`;
}

function levelMeter(name: "ial" | "aal" | "fal", level: 1 | 2 | 3, language: Language): Html {
  const { claims } = messagesIn(language);
  return html`<div class="level"><dt>${claims.levels[name]} <abbr>${name.toUpperCase()}</abbr></dt>
<dd><span class="level-number" aria-hidden="true">${level}</span><span class="unseen">${claims.levelOf(level)}</span><span class="level-bars" aria-hidden="true">${[1, 2, 3].map((step) => html`<i class="${step <= level ? "bar on" : "bar"}"></i>`)}</span></dd></div>`;
}

function actions(person: SignedIn, language: Language): Html {
  const { claims } = messagesIn(language);
  return html`<section aria-labelledby="actions">
<h2 id="actions">${claims.actionsTitle}</h2>
<div class="actions">
${action("/resource", claims.resource, claims.resourceHint, "primary", language)}
${action("/refresh", claims.refresh, claims.refreshHint, "secondary", language)}
${person.idToken["aal"] !== 3 && action("/step-up", claims.stepUp, claims.stepUpHint, "secondary", language)}
${postForm("/sign-out", language, html`<button class="button quiet" type="submit">${claims.signOut}</button>`, "action")}
</div>
</section>`;
}

function action(path: string, label: string, hint: string, kind: "primary" | "secondary", language: Language): Html {
  const id = `hint-${path.slice(1)}`;
  return postForm(path, language, html`<button class="button ${kind}" type="submit" aria-describedby="${id}">${label}</button><p class="hint" id="${id}">${hint}</p>`, "action");
}

const chevron = html`<svg class="icon" viewBox="0 0 24 24" width="24" height="24" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false"><path d="m6 9 6 6 6-6"/></svg>`;

function source(id: string, title: string, hint: string, body: Html, open: boolean): Html {
  return html`<details class="source" id="${id}"${open && html` open`}><summary><h2>${title}</h2>${chevron}</summary><p class="hint">${hint}</p>
${body}</details>`;
}

function aboutSignIn({ request, at, refreshes }: SignedIn, language: Language): Html {
  const { claims, home } = messagesIn(language);
  return html`<section aria-labelledby="about">
<h2 id="about">${claims.session}</h2>
<dl class="facts">
${fact(claims.askedFor, request.acr === null ? home.noLevel : html`<code>${request.acr}</code>`)}
${fact(claims.asked, conditionsOf(request, language))}
${fact(claims.receivedAt, minuteText(at, language))}
${fact(claims.refreshes, claims.times(refreshes))}
${fact(claims.bound, claims.boundText)}
</dl>
</section>`;
}

function conditionsOf(request: SignInRequest, language: Language): string {
  const { claims, home } = messagesIn(language);
  const chosen = (["resource", "fresh", "prompt", "offline"] as const).filter((name) => request[name]).map((name) => home[name]);
  return chosen.length === 0 ? claims.nothing : chosen.join(language === "ja" ? "、" : ", ");
}
