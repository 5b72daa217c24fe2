import { type ClaimGroup, claimGroups, explanationOf } from "./explanations.ts";
import type { Change } from "./session.ts";

/** One value of a token. */
export interface ClaimRow {
  /** Dotted path, such as `assurance.evidence.status`. */
  readonly path: string;
  readonly value: unknown;
}

/** Every value in the claims, by its path; an array is one value. */
export function flatten(claims: Readonly<Record<string, unknown>>, prefix = ""): ClaimRow[] {
  return Object.entries(claims).flatMap(([name, value]) => {
    const path = `${prefix}${name}`;
    if (value === undefined) return [];
    return isObject(value) ? flatten(value, `${path}.`) : [{ path, value }];
  });
}

/** The rows by section, in the order of the sections; what is not known stands in the last. */
export function grouped(rows: readonly ClaimRow[]): { readonly group: ClaimGroup; readonly rows: readonly ClaimRow[] }[] {
  const groupOf = ({ path }: ClaimRow): ClaimGroup => explanationOf(path)?.group ?? "protocol";
  return claimGroups.map((group) => ({ group, rows: rows.filter((row) => groupOf(row) === group) })).filter(({ rows }) => rows.length > 0);
}

/** Claims that every new token has another value of. */
const alwaysNew: ReadonlySet<string> = new Set(["iat", "exp", "at_hash", "jti", "nonce"]);

/** What a refresh changed. */
export function changesBetween(before: Readonly<Record<string, unknown>>, after: Readonly<Record<string, unknown>>): Change[] {
  const old = valuesByPath(before);
  const fresh = valuesByPath(after);
  return [...new Set([...old.keys(), ...fresh.keys()])]
    .filter((path) => !alwaysNew.has(path) && JSON.stringify(old.get(path)) !== JSON.stringify(fresh.get(path)))
    .map((path) => ({ path, before: old.get(path), after: fresh.get(path) }));
}

const valuesByPath = (claims: Readonly<Record<string, unknown>>): Map<string, unknown> => new Map(flatten(claims).map(({ path, value }) => [path, value]));

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === "object" && value !== null && !Array.isArray(value);
