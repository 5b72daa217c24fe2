import type { PageContext } from "../context.ts";
import { day } from "../dates.ts";
import { html, type Html } from "../html.ts";
import { icons } from "../icons.ts";
import { messagesIn, type Locale, type Messages } from "../messages/index.ts";
import { fact, notice, postForm } from "../parts.ts";
import { levelInWords } from "./account-level.ts";

export interface AccountPasskey {
  /** Among all that the person ever had: what it goes by without a name. */
  readonly number: number;
  /** Given by the person. */
  readonly name?: string;
  /** Model from FIDO metadata, when known. */
  readonly model?: { readonly name: string; readonly iconUrl?: string };
  /** Seconds since the epoch, as all times here. */
  readonly addedAt: number;
  readonly lastUsedAt?: number;
  readonly boundBy: keyof Messages["account"]["boundBy"];
  /** The authenticator assurance level it can reach: 1 to 3. */
  readonly aal: number;
  /** Backed up, so that it works on other devices too. */
  readonly synced: boolean;
  /** FIDO metadata reports a weakness of the model. */
  readonly compromised: boolean;
  /** Used for the present session. */
  readonly current: boolean;
  /** Its device is missing: it does not sign in until a certificate brings it back. */
  readonly suspended: boolean;
  /** POST, field `name`. */
  readonly renameUrl: string;
  /** GET, while it is not suspended. */
  readonly suspendUrl: string;
  /** GET, while it is suspended. */
  readonly restoreUrl: string;
  /** GET: erases the phone it is on. */
  readonly surrenderUrl: string;
  /** GET. Absent when it cannot be removed, being the last. */
  readonly removeUrl?: string;
}

export function passkeyEntry(passkey: AccountPasskey, index: number, context: PageContext, locale: Locale): Html {
  const { account } = messagesIn(locale);
  const field = `passkey-name-${index}`;
  const name = passkey.name ?? account.unnamed(passkey.number);
  return html`<div class="entry-head">${icons.passkey}<h3>${name}</h3>${passkey.current && html`<span class="tag">${account.current}</span>`}${passkey.suspended && html`<span class="tag">${account.suspended}</span>`}</div>
${passkey.model !== undefined && html`<p class="hint model">${passkey.model.iconUrl !== undefined && html`<img src="${passkey.model.iconUrl}" alt="" height="24">`}${passkey.model.name}</p>`}
${passkey.suspended && notice("information", html`${account.suspendedHint} <a class="target" href="${passkey.restoreUrl}">${account.restore}</a>`)}
${passkey.compromised && notice("warning", account.compromised)}
<dl class="facts">
${fact(account.added, day(passkey.addedAt, locale))}
${fact(account.lastUsed, passkey.lastUsedAt === undefined ? account.neverUsed : day(passkey.lastUsedAt, locale))}
${fact(account.bound, account.boundBy[passkey.boundBy])}
${!passkey.suspended && fact(account.level, levelInWords("aal", passkey.aal, locale))}
${fact(account.where, passkey.synced ? account.synced : account.deviceBound)}
</dl>
<div class="entry-actions">
<details class="details"><summary>${account.rename}<span class="unseen"> (${name})</span></summary>
${postForm(context, passkey.renameUrl, html`<div class="field"><label for="${field}">${account.newName}</label><input id="${field}" name="name" type="text" value="${name}" maxlength="60" required autocomplete="off"></div><button class="button secondary" type="submit">${account.save}</button>`)}
</details>
${!passkey.suspended && html`<a class="target" href="${passkey.suspendUrl}">${account.suspend}<span class="unseen"> (${name})</span></a>`}
${passkey.removeUrl !== undefined && html`<a class="target danger" href="${passkey.removeUrl}">${account.remove}<span class="unseen"> (${name})</span></a>`}
<a class="target danger" href="${passkey.surrenderUrl}">${account.surrender}<span class="unseen"> (${name})</span></a>
</div>`;
}
