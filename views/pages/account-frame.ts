/** What the account pages have in common. */
import { html, type Html, type Renderable } from "../html.ts";
import { messagesIn, type Locale, type Messages } from "../messages/index.ts";

export type AccountTab = Exclude<keyof Messages["account"]["nav"], "label">;

const addresses: Readonly<Record<AccountTab, string>> = { overview: "/account", activity: "/account/activity", data: "/account/data" };

/** The way between the account pages; `current` is the one that is open. */
export function accountNavigation(current: AccountTab, locale: Locale): Html {
  const { nav } = messagesIn(locale).account;
  const tab = (name: AccountTab): Html => html`<li><a href="${addresses[name]}"${name === current && html` aria-current="page"`}>${nav[name]}</a></li>`;
  return html`<nav class="tabs" aria-label="${nav.label}"><ul>${tab("overview")}${tab("activity")}${tab("data")}</ul></nav>`;
}

/** Entries below each other, or a sentence in their place. */
export function entryList(entries: readonly Html[], whenEmpty?: Renderable): Html | undefined {
  if (entries.length > 0) return html`<ul class="entries">${entries.map((entry) => html`<li class="entry">${entry}</li>`)}</ul>`;
  return whenEmpty === undefined ? undefined : html`<p class="empty">${whenEmpty}</p>`;
}

/** For the WebAuthn signal calls, so that the browser forgets what was removed. All base64url. */
export interface PasskeySignals {
  readonly rpId: string;
  readonly userId: string;
  readonly acceptedCredentialIds: readonly string[];
  readonly removedCredentialIds: readonly string[];
}

/** What the module `account` is given. */
export const signalData = ({ rpId, userId, acceptedCredentialIds, removedCredentialIds }: PasskeySignals) =>
  ({ "data-rp-id": rpId, "data-user-id": userId, "data-accepted": acceptedCredentialIds.join(" "), "data-removed": removedCredentialIds.join(" ") }) as const;
