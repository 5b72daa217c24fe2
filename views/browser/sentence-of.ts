import { NoConnection, ServerRefusal } from "./http.ts";

/** What to tell the person about an error: the server's sentence, or one of the page's own. */
export function sentenceOf(error: unknown, own: { readonly cancelled: string; readonly offline: string }): string {
  if (error instanceof ServerRefusal) return error.sentence;
  if (error instanceof NoConnection) return own.offline;
  // What is left comes from the authenticator; browsers do not say why, so as not to tell on the person.
  return own.cancelled;
}
