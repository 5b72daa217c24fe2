import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findCard } from "../../src/simulator/card-source.ts";
import type { CardChoice } from "../../src/simulator/command-line.ts";
import { throwAwayPersonas } from "../../src/simulator/throw-away-personas.ts";
import { imageOf } from "../support/fixtures.ts";

const image = imageOf({ kty: "RSA" });
const answers: Readonly<Record<string, unknown>> = {
  "/personas.json": { personas: [{ id: "good-card" }, { id: "revoked" }] },
  "/personas/good-card/secure-element.json": image,
};
const nobody = "http://localhost:1";

/** What answers at these paths is no JSON, or no card. */
const texts: Readonly<Record<string, string>> = {
  "/personas/page/secure-element.json": "<html>",
  "/personas/null/secure-element.json": "null",
};

let server: Server;
let jlis: string;
let directory: string;
beforeAll(async () => {
  server = createServer(({ url = "" }, response) => {
    if (url in texts) return void response.end(texts[url]);
    response.statusCode = url in answers ? 200 : url === "/personas/broken/secure-element.json" ? 500 : 404;
    response.end(JSON.stringify(answers[url] ?? {}));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  jlis = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
  directory = mkdtempSync(path.join(tmpdir(), "jpki-card-source-"));
  writeFileSync(path.join(directory, "card.json"), JSON.stringify(image));
  writeFileSync(path.join(directory, "text.json"), "a card");
});
afterAll(() => {
  server.close();
  rmSync(directory, { recursive: true });
});

test("a persona of the J-LIS stand-in that is named", async () => {
  expect(await findCard({ from: "jlis", jlis, persona: "good-card" }, nobody)).toEqual({ source: "jlis", name: `good-card of ${jlis}`, image });
});

test("from anywhere: of the usual J-LIS stand-in, if it is there", async () => {
  expect(await findCard({ from: "anywhere", persona: "good-card" }, jlis)).toMatchObject({ source: "jlis", image });
});

test("from anywhere: a throw-away card, if it is not", async () => {
  expect(await findCard({ from: "anywhere", persona: "authentication-only" }, nobody)).toMatchObject({ source: "throw-away", name: "authentication-only", image: { signature: null } });
});

test("from a file", async () => {
  const file = path.join(directory, "card.json");
  expect(await findCard({ from: "file", file, persona: "good-card" }, jlis)).toEqual({ source: "file", name: file, image });
});

test.each([
  ["good-card", 3, 5],
  ["last-try", 1, 1],
  ["blocked", 0, 0],
  ["authentication-only", 3, undefined],
])("throw-away %s: %i and %i tries", async (persona, authentication, signature) => {
  const card = await findCard({ from: "throw-away", persona }, jlis);
  expect([card.image.authentication?.triesLeft, card.image.signature?.triesLeft]).toEqual([authentication, signature]);
});

describe("no such card", () => {
  test.each<[string, () => CardChoice, string]>([
    ["unknown throw-away persona", () => ({ from: "throw-away", persona: "revoked" }), `there are ${Object.keys(throwAwayPersonas).join(", ")}`],
    ["a name of every object", () => ({ from: "throw-away", persona: "constructor" }), "there is no throw-away persona constructor"],
    ["unknown persona of J-LIS", () => ({ from: "jlis", jlis, persona: "blocked" }), "it has good-card, revoked"],
    ["a name that is a path", () => ({ from: "jlis", jlis, persona: "../personas" }), "has no persona ../personas"],
    ["J-LIS fails", () => ({ from: "jlis", jlis, persona: "broken" }), "answered with status 500"],
    ["J-LIS answers with a page", () => ({ from: "jlis", jlis, persona: "page" }), "is no J-LIS stand-in"],
    ["J-LIS answers with no card", () => ({ from: "jlis", jlis, persona: "null" }), "is no J-LIS stand-in"],
    ["no J-LIS", () => ({ from: "jlis", jlis: nobody, persona: "good-card" }), `no J-LIS stand-in answers at ${nobody}`],
    ["no file", () => ({ from: "file", file: path.join(directory, "none.json"), persona: "good-card" }), "cannot be read"],
    ["no JSON", () => ({ from: "file", file: path.join(directory, "text.json"), persona: "good-card" }), "cannot be read"],
  ])("%s", async (_, choice, message) => {
    await expect(findCard(choice(), nobody)).rejects.toMatchObject({ name: "SimulatorRefusal", message: expect.stringContaining(message) });
  });
});
