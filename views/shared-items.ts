/** What a relying party is told, in plain words. */
import { messagesIn, type Locale, type Messages } from "./messages/index.ts";

export interface Shared {
  readonly scopes: readonly string[];
  readonly claims: readonly string[];
  /** Names of resources that the access token opens. */
  readonly resources?: readonly string[];
}

export interface SharedItem {
  readonly text: string;
  /** The scopes and claims that this sentence stands for. */
  readonly names: readonly string[];
}

type Item = keyof Messages["consent"]["items"];

/** Each scope and claim with the sentence that speaks of it; several may share one. */
const itemOf: Readonly<Record<string, Item>> = {
  openid: "openid",
  sub: "openid",
  assurance: "assurance",
  ial: "assurance",
  aal: "assurance",
  fal: "assurance",
  acr: "assurance",
  amr: "assurance",
  auth_time: "assurance",
  verified_claims: "verified_claims",
  offline_access: "offline_access",
  profile: "profile",
  name: "name",
  family_name: "name",
  given_name: "name",
  birthdate: "birthdate",
  address: "address",
  gender: "gender",
  email: "email",
  email_verified: "email",
  phone: "phone",
  phone_number: "phone",
  phone_number_verified: "phone",
};

/** One entry a sentence, in the order first asked; what has no sentence is shown by its name. */
export function sharedInWords(shared: Shared, locale: Locale): readonly SharedItem[] {
  const { consent } = messagesIn(locale);
  const namesOf = new Map<string, string[]>();
  const add = (text: string, name: string): void => {
    const names = namesOf.get(text) ?? [];
    if (!names.includes(name)) namesOf.set(text, [...names, name]);
  };
  for (const name of [...shared.scopes, ...shared.claims]) {
    const item = Object.hasOwn(itemOf, name) ? itemOf[name] : undefined;
    add(item === undefined ? consent.unknown(name) : consent.items[item], name);
  }
  return [...namesOf].map(([text, names]) => ({ text, names }));
}

/** What the relying party may do with its access token elsewhere, which is nothing that it is told. */
export function resourcesInWords({ resources = [] }: Shared, locale: Locale): readonly string[] {
  return resources.map(messagesIn(locale).consent.resource);
}
