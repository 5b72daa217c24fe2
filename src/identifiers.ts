import { randomBytes, toBase64Url } from "./bytes.ts";

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** A person inside the bridge. Never leaves it: relying parties see a {@link Subject}. */
export type PersonId = Branded<"PersonId">;
export type EvidenceId = Branded<"EvidenceId">;
export type PasskeyId = Branded<"PasskeyId">;
export type TransactionId = Branded<"TransactionId">;
export type ClientId = Branded<"ClientId">;
/** The pairwise pseudonym of one person at one sector (OpenID Connect Core 8.1). */
export type Subject = Branded<"Subject">;

export type Identifier = PersonId | EvidenceId | PasskeyId | TransactionId | ClientId | Subject;

/** A new random identifier: 128 bits, base64url; none begins like an option of a command line. */
export function newIdentifier<Kind extends Identifier>(): Kind {
  const text = toBase64Url(randomBytes(16));
  return text.startsWith("-") ? newIdentifier() : (text as Kind);
}

/** Marks a string that came from our own storage or was just validated. */
export function asIdentifier<Kind extends Identifier>(text: string): Kind {
  return text as Kind;
}
