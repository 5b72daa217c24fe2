import { html, type Html } from "../../../../views/html.ts";
import { notice } from "../../../../views/parts.ts";
import { catalogue, type ErrorCode } from "../../../errors.ts";
import type { Language } from "../language.ts";
import { messagesIn } from "../messages/index.ts";
import { problemTexts } from "../messages/problem-texts.ts";
import type { Problem } from "../problem.ts";
import { layout, type PageContext } from "./layout.ts";
import { fact } from "./parts.ts";

/** A sign-in that did not come to an end: what happened, and what to do now. */
export function problemPage(context: PageContext, problem: Problem): Html {
  const { problems } = messagesIn(context.language);
  return layout(
    context,
    problems.title,
    html`<h1>${problems.title}</h1>
${problemNotice(problem, context.language)}
<p class="wide"><a class="button primary" href="/?lang=${context.language}">${problems.again}</a></p>`,
  );
}

/** The same inside another page. */
export function problemNotice({ code, answer }: Problem, language: Language): Html {
  const { problems } = messagesIn(language);
  const [what, todo] = problemTexts[language][code];
  return notice(
    "refusal",
    html`<strong>${what}</strong><p>${todo}</p>
${answer !== undefined && html`<details class="details"><summary>${problems.answer}</summary><dl class="facts small">${fact("error", html`<code>${answer.error}</code>`)}${answer.description !== undefined && fact("error_description", answer.description)}</dl></details>`}`,
  );
}

/** A request that this service itself refuses. */
export function refusalPage(context: PageContext, code: ErrorCode): Html {
  const { refusals } = messagesIn(context.language);
  return layout(
    context,
    refusals.title,
    html`<h1>${refusals.title}</h1>
${notice("refusal", html`${catalogue[code][context.language]}<p class="hint"><code>${code}</code></p>`)}
<p class="wide"><a class="button secondary" href="/?lang=${context.language}">${refusals.home}</a></p>`,
  );
}
