import { parseArgs } from "node:util";

/** What is asked for on the command line. */
export type Asked =
  | { readonly kind: "help" }
  | { readonly kind: "benches"; readonly names: readonly string[]; readonly json: boolean }
  | { readonly kind: "soak"; readonly seconds: number }
  | { readonly kind: "wrong"; readonly why: string };

const options = { json: { type: "boolean", default: false }, help: { type: "boolean", default: false }, minutes: { type: "string" } } as const;

/** @param known - names of benchmarks; all of them are asked for where none is named. */
export function askedOf(parameters: readonly string[], known: readonly string[]): Asked {
  try {
    const { values, positionals } = parseArgs({ args: [...parameters], allowPositionals: true, options });
    if (values.help) return { kind: "help" };
    if (positionals.includes("soak")) return soakOf(positionals, values.minutes ?? "5");
    if (values.minutes !== undefined) return { kind: "wrong", why: "--minutes is for soak alone" };
    const unknown = positionals.find((name) => !known.includes(name));
    if (unknown !== undefined) return { kind: "wrong", why: `no benchmark ${unknown}` };
    return { kind: "benches", names: positionals.length === 0 ? known : positionals, json: values.json };
  } catch (error) {
    return { kind: "wrong", why: error instanceof Error ? error.message : String(error) };
  }
}

function soakOf(positionals: readonly string[], minutes: string): Asked {
  if (positionals.length > 1) return { kind: "wrong", why: "soak runs alone" };
  const seconds = Number(minutes) * 60;
  return seconds > 0 && Number.isFinite(seconds) ? { kind: "soak", seconds } : { kind: "wrong", why: "--minutes: a number above 0" };
}
