import type { PageContext } from "../context.ts";
import { html, type Html } from "../html.ts";
import { layout } from "../layout.ts";
import { messagesIn, type Locale } from "../messages/index.ts";
import { fact, notice, postForm } from "../parts.ts";

export interface ConsoleClient {
  readonly clientId: string;
  readonly name: string;
  readonly redirectUris: readonly string[];
  readonly authentication: string;
  readonly detailsUrl: string;
}

export interface ConsoleClientsContext extends PageContext {
  readonly clients: readonly ConsoleClient[];
  /** POST. */
  readonly addUrl: string;
  /** Why what was asked for was not done, in the operator's words. */
  readonly problem?: string;
}

export function consoleClientsPage(context: ConsoleClientsContext, locale: Locale): Html {
  const { list } = messagesIn(locale).console;
  return layout(context, locale, { title: list.title, wide: true, forOperator: true }, html`<h1>${list.title}</h1>
${context.problem !== undefined && notice("refusal", context.problem)}
${context.clients.length === 0 && html`<p class="lead">${list.none}</p>`}
${context.clients.map((client) => html`<section class="entry">
<div class="entry-head"><h2>${client.name}</h2></div>
<dl class="facts stacked">
${fact("client_id", html`<code>${client.clientId}</code>`)}
${fact("redirect_uris", client.redirectUris.join(" "))}
${fact("token_endpoint_auth_method", client.authentication)}
</dl>
<div class="entry-actions"><a class="button quiet" href="${client.detailsUrl}">${list.details}<span class="unseen"> (${client.name})</span></a></div>
</section>`)}
<section class="entry">
<h2>${list.add}</h2>
${postForm(context, context.addUrl, html`<div class="field"><label for="name">${list.name}</label><input id="name" name="name" type="text" maxlength="100" required></div>
<div class="field"><label for="client_id">${list.clientId}</label><input id="client_id" name="client_id" type="text" maxlength="64" pattern="[A-Za-z0-9._~\\-]+" autocapitalize="none" spellcheck="false" required></div>
<div class="field"><label for="redirect_uri">${list.redirectUri}</label><input id="redirect_uri" name="redirect_uri" type="url" maxlength="2000" required></div>
<div class="field"><label for="method">${list.method}</label><select id="method" name="method"><option value="private_key_jwt">${list.methodKey}</option><option value="client_secret_basic">${list.methodSecret}</option></select></div>
<p class="claim"><input id="profile" name="profile" type="checkbox" value="fapi2"> <label for="profile">${list.profile}</label></p>
<button class="button primary" type="submit">${list.submit}</button>`)}
</section>`);
}
