/** What a resource server misses in the authentication behind a token (RFC 9470 3): parameters of the next authorization request. */
export interface StepUpParameters {
  /** Values separated by spaces, most wanted first. */
  readonly acr_values?: string;
  /** Seconds, in decimal digits. */
  readonly max_age?: string;
}

const error = "insufficient_user_authentication";

/**
 * The `WWW-Authenticate` header of a 401 answer that asks for more (RFC 9470 3).
 *
 * `scheme` is the one by which the token came: `Bearer`, or `DPoP` for a bound token. Throws a TypeError
 * where nothing is asked for, or a value cannot stand in the header.
 */
export function stepUpChallenge({ acrValues = [], maxAge, scheme = "Bearer" }: { readonly acrValues?: readonly string[]; readonly maxAge?: number; readonly scheme?: "Bearer" | "DPoP" }): string {
  if (acrValues.length === 0 && maxAge === undefined) throw new TypeError("a challenge asks for an acr or a max_age");
  if (acrValues.some((value) => !/^[\x21\x23-\x5b\x5d-\x7e]+$/u.test(value))) throw new TypeError("an acr value is printable ASCII without space, quote and backslash");
  if (maxAge !== undefined && !(Number.isSafeInteger(maxAge) && maxAge >= 0)) throw new TypeError("max_age is whole seconds");
  const parameters = [`error="${error}"`, 'error_description="A different authentication level is required"'];
  if (acrValues.length > 0) parameters.push(`acr_values="${acrValues.join(" ")}"`);
  if (maxAge !== undefined) parameters.push(`max_age="${maxAge}"`);
  return `${scheme} ${parameters.join(", ")}`;
}

const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
/** A parameter, or the name of a scheme with its first parameter or end (RFC 9110 11.2, 11.6.1). */
const piece = new RegExp(`(?:(?<scheme>${token})[ \\t]+)?(?<name>${token})[ \\t]*=[ \\t]*(?:"(?<quoted>(?:[^"\\\\]|\\\\.)*)"|(?<plain>${token}))|(?<lone>${token}(?:[ \\t]+[A-Za-z0-9._~+/-]+=*)?)`, "gu");

/**
 * The parameters for the next authorization request, from the `WWW-Authenticate` header of a resource
 * server's 401 answer; null where it asks for no other authentication.
 */
export function parseStepUpChallenge(header: string): StepUpParameters | null {
  const asking = challengesOf(header).find((challenge) => challenge.get("error") === error);
  if (asking === undefined) return null;
  const acrValues = asking.get("acr_values");
  const maxAge = asking.get("max_age");
  const parameters = { ...(acrValues && { acr_values: acrValues }), ...(maxAge !== undefined && /^\d+$/u.test(maxAge) && { max_age: maxAge }) };
  return Object.keys(parameters).length > 0 ? parameters : null;
}

/** The parameters of each challenge in the header; names in lower case, the first of a name counts. */
function challengesOf(header: string): Map<string, string>[] {
  const challenges: Map<string, string>[] = [];
  for (const { groups = {} } of header.matchAll(piece)) {
    const { scheme, name, quoted, plain, lone } = groups;
    if (scheme !== undefined || lone !== undefined) challenges.push(new Map());
    const parameters = challenges.at(-1);
    const key = name?.toLowerCase();
    if (parameters === undefined || key === undefined || parameters.has(key)) continue;
    parameters.set(key, quoted?.replace(/\\(.)/gu, "$1") ?? plain ?? "");
  }
  return challenges;
}
