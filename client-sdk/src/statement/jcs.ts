/** JSON that can be canonicalized: no `undefined`, no cycles. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [name: string]: JsonValue };

/**
 * The JSON Canonicalization Scheme (RFC 8785): one text for one value.
 *
 * ECMAScript's own JSON.stringify already writes strings and numbers as RFC 8785 3.2.2 asks; what is
 * left is the order of the names (3.2.3: by UTF-16 code units, which is how `sort` compares).
 *
 * @throws TypeError for what has no canonical form: a lone surrogate, NaN or an infinity.
 */
export function canonicalize(value: JsonValue): string {
  if (typeof value === "string") return canonicalString(value);
  if (typeof value === "number") return canonicalNumber(value);
  if (value === null || typeof value === "boolean") return JSON.stringify(value);
  if (isArray(value)) return `[${value.map(canonicalize).join(",")}]`;
  const members = Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${canonicalString(name)}:${canonicalize(member)}`);
  return `{${members.join(",")}}`;
}

function canonicalString(text: string): string {
  if (!isWellFormed(text)) throw new TypeError("a string with a lone surrogate has no canonical form");
  return JSON.stringify(text);
}

/** Without a lone surrogate. `String.prototype.isWellFormed` is not everywhere where the SDK runs. */
export function isWellFormed(text: string): boolean {
  return !/[\ud800-\udfff]/u.test(text);
}

function canonicalNumber(number: number): string {
  if (!Number.isFinite(number)) throw new TypeError("a number that is not finite has no canonical form");
  return JSON.stringify(number);
}

/** `Array.isArray` does not narrow read-only arrays. */
function isArray(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}
