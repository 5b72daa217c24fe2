import { day } from "../../../../views/dates.ts";
import { html } from "../../../../views/html.ts";
import type { Html } from "../../../../views/html.ts";
import { catalogue } from "../../../errors.ts";
import type { ErrorCode } from "../../../errors.ts";
import type { Faults } from "../ca/state.ts";
import type { Operation } from "../personas/operations.ts";
import type { PersonaId } from "../personas/personas.ts";
import type { PersonaView } from "../personas/persona-desk.ts";
import { serialInHex } from "./continuity-route.ts";
import type { Language } from "./language.ts";
import { messages } from "./messages.ts";

/** What a form that was just posted changed. */
export type Done = { readonly what: "faults" } | { readonly what: "persona"; readonly id: PersonaId } | null;

/** The page of personas and switches. */
export function mainPage(views: readonly PersonaView[], faults: Faults, done: Done, language: Language): Html {
  const text = messages[language];
  const programs = ["/personas.json", "/faults.json", "/crl/index.json"];
  return frame(
    language,
    html`<h1>${text.title}</h1>
<p>${text.introduction}</p>
<p>${text.pins}</p>
<h2>${text.personas}</h2>
<div class="personas">${views.map((view) => personaCard(view, done, language))}</div>
${faultForm(faults, done, language)}
<h2>${text.forPrograms}</h2>
<ul>${programs.map((path) => html`<li><a href="${path}">${path}</a></li>`)}</ul>`,
  );
}

/** A refusal in plain words. */
export function refusalPage(code: ErrorCode, language: Language): Html {
  const text = messages[language];
  return frame(
    language,
    html`<h1>${text.refused}</h1>
<p>${catalogue[code][language]}</p>
<p><code>${code}</code></p>
<p><a class="button" href="/?ui_locales=${language}">${text.back}</a></p>`,
  );
}

function frame(language: Language, body: Html): Html {
  const text = messages[language];
  const other = language === "ja" ? "en" : "ja";
  return html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${text.title} | jpki-bridge sandbox</title>
<link rel="stylesheet" href="/page.css">
</head>
<body>
<header>
<p class="banner">${text.banner}</p>
<p class="language"><a href="/?ui_locales=${other}" lang="${other}" hreflang="${other}">${text.otherLanguage}</a></p>
</header>
<main>
${body}
</main>
</body>
</html>
`;
}

/** Said where the button was pressed, for the answer to a form leads back there. */
const notice = (text: string): Html => html`<p class="notice" role="status">${text}</p>`;

function personaCard(view: PersonaView, done: Done, language: Language): Html {
  const text = messages[language];
  const { persona, state, certificate, operations } = view;
  const { id } = persona;
  const titleId = `${id}-title`;
  const isDone = done?.what === "persona" && done.id === id;
  return html`<article id="${id}" aria-labelledby="${titleId}">
<div class="heading"><h3 id="${titleId}">${persona.title[language]}</h3><span class="state ${state}">${text.state[state]}</span></div>
${isDone && notice(text.nowIn(persona.title[language], text.state[state]))}
<p>${persona.description[language]}</p>
<dl>
<div><dt>${text.kind}</dt><dd>${text.medium[persona.medium]}</dd></div>
<div><dt>${text.generation}</dt><dd>${persona.generation}</dd></div>
${certificate && html`<div><dt>${text.serial}</dt><dd>${serialInHex(certificate.serial)}</dd></div>
<div><dt>${text.validUntil}</dt><dd>${day(certificate.notAfter, language)}</dd></div>`}
</dl>
<p><a class="button primary" href="/phone?persona=${id}&amp;ui_locales=${language}" aria-describedby="${titleId}">${text.open[persona.medium]}</a></p>
${operations.length > 0 && html`<div class="operations">${operations.map((operation) => operationForm(id, operation, titleId, language))}</div>`}
</article>
`;
}

function operationForm(id: string, operation: Operation, titleId: string, language: Language): Html {
  return html`<form method="post" action="/personas/${id}/${operation}?ui_locales=${language}"><button class="button ${operation}" aria-describedby="${titleId}">${messages[language].operation[operation]}</button></form>`;
}

function faultForm(faults: Faults, done: Done, language: Language): Html {
  const text = messages[language];
  const checked = (on: boolean): Html | false => on && html` checked`;
  return html`<section id="faults" aria-labelledby="faults-title">
<h2 id="faults-title">${text.faults}</h2>
${done?.what === "faults" && notice(text.faultsSaved)}
<p>${text.faultsIntroduction}</p>
<form class="faults" method="post" action="/faults?ui_locales=${language}">
<label><input type="checkbox" name="ocspDown"${checked(faults.ocspDown)}><span>${text.ocspDown}</span></label>
<label><input type="checkbox" name="staleCrl"${checked(faults.staleCrl)}><span>${text.staleCrl}</span></label>
<label class="delay"><span>${text.ocspDelay}</span><input type="number" name="ocspDelayMs" min="0" max="60000" step="100" required inputmode="numeric" value="${faults.ocspDelayMs}"></label>
<button class="button">${text.saveFaults}</button>
</form>
</section>`;
}
