import type { Constraint } from "./verified-claims-request.ts";

/** What of `verification` is told: only what is asked for, and nothing where a constraint is not met. */

export type Json = string | { readonly [member: string]: Json } | readonly Json[];
export type JsonObject = { readonly [member: string]: Json };

/** A value, and of a time the second that `max_age` counts from. */
export interface Leaf {
  readonly text: string;
  readonly at?: number;
}
export interface Parts {
  readonly members: Readonly<Record<string, Leaf | Parts>>;
}

/** A constraint that is not met: then nothing of the request is answered ("Data not matching requirements"). */
export const unmet = Symbol("unmet");

/** The members of `known` that are asked for. */
export function selectParts(asked: unknown, known: Parts, now: number): JsonObject | typeof unmet {
  const selected = select(asked, known, now);
  if (selected === unmet) return unmet;
  return typeof selected === "object" && !Array.isArray(selected) ? (selected as JsonObject) : {};
}

function select(asked: unknown, known: Leaf | Parts | undefined, now: number): Json | undefined | typeof unmet {
  if (asked === null || typeof asked !== "object") return plain(known);
  // Arrays are about what is not known here.
  if (Array.isArray(asked)) return asked.every((each) => select(each, undefined, now) === unmet) ? unmet : undefined;
  const { essential: _essential, purpose: _purpose, value, values, max_age, ...members } = asked as Record<string, unknown>;
  if (!meets({ value, values, max_age } as Constraint, known, now)) return unmet;
  if (known !== undefined && "text" in known) return known.text;
  const names = Object.keys(members);
  if (names.length === 0) return plain(known);
  const selected: Record<string, Json> = {};
  for (const name of names) {
    const member = known !== undefined && Object.hasOwn(known.members, name) ? known.members[name] : undefined;
    const part = select(members[name], member, now);
    if (part === unmet) return unmet;
    if (part !== undefined) selected[name] = part;
  }
  return known === undefined ? undefined : selected;
}

function meets({ value, values, max_age }: Constraint, known: Leaf | Parts | undefined, now: number): boolean {
  const leaf = known !== undefined && "text" in known ? known : undefined;
  if (value !== undefined && leaf?.text !== value) return false;
  if (values !== undefined && !values.includes(leaf?.text)) return false;
  return max_age === undefined || (leaf?.at !== undefined && leaf.at <= now && now - leaf.at <= max_age);
}

function plain(known: Leaf | Parts | undefined): Json | undefined {
  if (known === undefined || "text" in known) return known?.text;
  return Object.fromEntries(Object.entries(known.members).map(([name, member]) => [name, plain(member) ?? ""]));
}
