import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { fromHex, toBase64Url, toHex } from "../../src/bytes.ts";
import { KeptCard } from "../../src/simulator/kept-card.ts";
import { derOf, imageOf, newKeyPair } from "../support/fixtures.ts";

let key: JsonWebKey;
let directory: string;
let file: string;
beforeAll(async () => {
  key = (await newKeyPair()).privateJwk;
});
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), "jpki-kept-card-"));
  file = path.join(directory, "tries.json");
});
afterEach(() => rmSync(directory, { recursive: true }));

const full = { authentication: 3, signature: 5 };

async function ask(card: KeptCard, ...commands: readonly string[]): Promise<string> {
  let response = "";
  for (const command of ["00a4040c0ad392f000260100000001", ...commands]) response = toHex(await card.transmit(fromHex(command) ?? new Uint8Array()));
  return response;
}
const wrong = ["00a4020c020018", "002000800430303030"] as const;
const right = ["00a4020c020018", "002000800431323334"] as const;
const wrongForSignature = ["00a4020c02001b", "0020008006574f4e474731"] as const;

test("a spent try is in the file when the answer is there, and is spent for the next process", async () => {
  const first = await KeptCard.open(imageOf(key), file);
  expect(await ask(first, ...wrong)).toBe("63c2");
  expect(await ask(first, ...wrongForSignature)).toBe("63c4");
  expect(Object.values(JSON.parse(readFileSync(file, "utf8")).triesLeft)).toEqual([2, 4]);
  const second = await KeptCard.open(imageOf(key), file);
  expect(second.counters()).toEqual({ authentication: 2, signature: 4 });
  expect(await ask(second, ...right)).toBe("9000");
  expect((await KeptCard.open(imageOf(key), file)).counters()).toEqual({ authentication: 3, signature: 4 });
  expect(readdirSync(directory)).toEqual(["tries.json"]);
});

test("a blocked PIN stays blocked", async () => {
  for (let tries = 0; tries < 3; tries += 1) await ask(await KeptCard.open(imageOf(key), file), ...wrong);
  expect(await ask(await KeptCard.open(imageOf(key), file), ...right)).toBe("6983");
});

test("nothing is written while nothing changes", async () => {
  await ask(await KeptCard.open(imageOf(key), file), ...right);
  expect(readdirSync(directory)).toEqual([]);
});

test("another certificate is another card, with tries of its own; both are kept", async () => {
  await ask(await KeptCard.open(imageOf(key), file), ...wrong);
  const other = imageOf(key, { authentication: { certificate: toBase64Url(derOf(700)) }, signature: null });
  const renewed = await KeptCard.open(other, file);
  expect(renewed.counters()).toEqual({ authentication: 3, signature: null });
  await ask(renewed, ...wrong);
  await ask(renewed, ...wrong);
  expect((await KeptCard.open(other, file)).counters()).toEqual({ authentication: 1, signature: null });
  expect((await KeptCard.open(imageOf(key), file)).counters()).toEqual({ ...full, authentication: 2 });
});

test("the image's own counters stand until the file has others", async () => {
  const image = imageOf(key, { authentication: { triesLeft: 1 } });
  expect((await KeptCard.open(image, file)).counters()).toEqual({ ...full, authentication: 1 });
});

test.each(["", "no JSON", "[]", "null", '{"triesLeft":3}', '{"triesLeft":{"a":"3"}}', '{"triesLeft":null}', '{"triesLeft":[]}'])("a file of %s is refused, and not overwritten", async (content) => {
  writeFileSync(file, content);
  await expect(KeptCard.open(imageOf(key), file)).rejects.toMatchObject({ name: "SimulatorRefusal" });
  expect(readFileSync(file, "utf8")).toBe(content);
});
