import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { redacted } from "../../src/log.ts";

const source = path.join(import.meta.dirname, "../../src");

/** What a line may have beside its level, time and message. None of it says anything of a person. */
const members = [
  // Of requests
  "request", "method", "route", "status", "ms", "refusal", "detail", "left_out",
  // Of failures: the error's kind, where in our code, in which job
  "kind", "at", "job", "by", "failures", "problems",
  // Of keys
  "algorithm",
  // Of a relying party: its id
  "client",
  // Counts and sizes
  "evidence", "crls", "milliseconds", "people", "workers", "blob", "changes",
];

interface Call {
  readonly where: string;
  readonly facts: string;
}

/** Every call of the log in the program; the sandbox has no secrets to keep. */
const calls = readdirSync(source, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts") && !file.startsWith("sandbox") && !file.includes("generated"))
  .flatMap((file): Call[] => {
    const text = readFileSync(path.join(source, file), "utf8");
    return [...text.matchAll(/\blog\.(?:debug|info|warn|error)\((?<facts>\{[^}]*\}|[^,)]*)/gu)].map((match) => ({ where: `${file}:${text.slice(0, match.index).split("\n").length}`, facts: match.groups?.["facts"] ?? "" }));
  });

/** The names of an object literal's members. */
function membersOf(facts: string): string[] {
  return facts.replace(/\([^()]*\)/gu, "").slice(1, -1).split(",").map((member) => member.trim()).filter((member) => member !== "").map((member) => /^\w+/u.exec(member)?.[0] ?? member);
}

describe("what the program logs", () => {
  test("is found", () => {
    expect(calls.length).toBeGreaterThan(20);
  });

  test.each(calls)("$where: facts that are written out, of the list", ({ facts }) => {
    expect(facts).toMatch(/^\{.*\}$/su);
    expect(membersOf(facts).filter((member) => !members.includes(member))).toEqual([]);
  });

  test("none of it is cut out: what is logged on purpose must arrive", () => {
    expect(members.filter((member) => redacted.has(member.toLowerCase()))).toEqual([]);
  });

  test("nothing is listed that no line has", () => {
    const used = new Set(calls.flatMap(({ facts }) => membersOf(facts)));
    expect(members.filter((member) => !used.has(member))).toEqual([]);
  });
});
