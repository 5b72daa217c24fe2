import { expect, test } from "vitest";
import { type Asked, askedOf } from "../../bench/command-line.ts";

const known = ["crl", "signin"];

const rows: readonly (readonly [name: string, parameters: readonly string[], expected: Asked])[] = [
  ["nothing: all of them", [], { kind: "benches", names: known, json: false }],
  ["one, as JSON", ["--json", "signin"], { kind: "benches", names: ["signin"], json: true }],
  ["help, whatever else is there", ["signin", "--help"], { kind: "help" }],
  ["a benchmark that there is not", ["signing"], { kind: "wrong", why: "no benchmark signing" }],
  ["a soak", ["soak"], { kind: "soak", seconds: 300 }],
  ["a soak of an hour", ["soak", "--minutes", "60"], { kind: "soak", seconds: 3600 }],
  ["a soak of no minutes", ["soak", "--minutes", "0"], { kind: "wrong", why: "--minutes: a number above 0" }],
  ["a soak of words", ["soak", "--minutes", "an hour"], { kind: "wrong", why: "--minutes: a number above 0" }],
  ["a soak beside a benchmark", ["signin", "soak"], { kind: "wrong", why: "soak runs alone" }],
  ["minutes of a benchmark", ["signin", "--minutes", "1"], { kind: "wrong", why: "--minutes is for soak alone" }],
];
test.each(rows)("%s", (_name, parameters, expected) => expect(askedOf(parameters, known)).toEqual(expected));

test.each([["--jsno"], ["--seconds"], ["-j"]])("the option %s is not known, and is not taken for another", (option) => {
  expect(askedOf([option], known)).toMatchObject({ kind: "wrong", why: expect.stringContaining(option) });
});
