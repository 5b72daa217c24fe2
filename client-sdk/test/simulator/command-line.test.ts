import { describe, expect, test } from "vitest";
import { readCommandLine } from "../../src/simulator/command-line.ts";

const usual = { host: "localhost", port: 35_963, card: { from: "anywhere", persona: "good-card" }, state: null, writeImage: null, json: false };

describe("what is asked for", () => {
  test.each<[string, object]>([
    ["", {}],
    ["--vpcd 192.0.2.1:40000", { host: "192.0.2.1", port: 40_000 }],
    ["--vpcd [::1]:35963", { host: "::1" }],
    ["--persona blocked", { card: { from: "anywhere", persona: "blocked" } }],
    ["--throw-away --persona last-try", { card: { from: "throw-away", persona: "last-try" } }],
    ["--jlis http://localhost:4200", { card: { from: "jlis", jlis: "http://localhost:4200", persona: "good-card" } }],
    ["--image card.json", { card: { from: "file", file: "card.json", persona: "good-card" } }],
    ["--state tries.json --json", { state: "tries.json", json: true }],
    ["--write-image card.json", { writeImage: "card.json" }],
  ])("%s", (line, options) => {
    expect(readCommandLine(words(line))).toEqual({ kind: "serve", options: { ...usual, ...options } });
  });

  test.each(["--help", "--json --help"])("%s", (line) => {
    expect(readCommandLine(words(line))).toEqual({ kind: "help" });
  });
});

describe("wrong usage", () => {
  test.each([
    ["--vpcd localhost"],
    ["--vpcd :35963"],
    ["--vpcd localhost:0"],
    ["--vpcd localhost:65536"],
    ["--vpcd ::1:35963"],
    ["--vpcd http://localhost:35963"],
    ["--vpcd"],
    ["--jlis nowhere"],
    ["--jlis localhost:3200"],
    ["--image card.json --persona blocked"],
    ["--image card.json --throw-away"],
    ["--jlis http://localhost:3200 --throw-away"],
    ["--unknown"],
    ["persona"],
  ])("%s", (line) => {
    expect(readCommandLine(words(line))).toMatchObject({ kind: "wrong" });
  });
});

const words = (line: string): string[] => line.split(" ").filter((word) => word !== "");
