import { createHash, createPublicKey, verify } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { exportJWK } from "jose";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readReceipts, receiptDocument } from "../../src/storage/index.ts";
import { enrolAndSignIn, newPerson } from "../support/journey.ts";
import { registerRelyingParty } from "../support/relying-party.ts";
import { startWorld, type World } from "../support/world.ts";
import { codeBlock, readDocument, root, tableUnder } from "./markdown.ts";
import { run } from "./run.ts";

const document = readDocument("docs/receipts.md");
const clientId = "my-service";
let world: World;
let directory: string;
let claims: Readonly<Record<string, unknown>>;
let output: string;

beforeAll(async () => {
  world = await startWorld();
  directory = mkdtempSync(path.join(tmpdir(), "jpki-bridge-receipts-"));
  symlinkSync(path.join(root, "node_modules"), path.join(directory, "node_modules"));
  const party = await registerRelyingParty(world, { clientId });
  const { signIn, callback } = await enrolAndSignIn(world, newPerson(), party);
  claims = { ...(await party.finish(signIn, callback)).claims() };
  writeFileSync(path.join(directory, "service-key.json"), JSON.stringify({ ...(await exportJWK(party.privateKey)), kid: "1" }));
  writeFileSync(path.join(directory, "keep-receipt.mjs"), codeBlock(document, "keep-receipt"));
  ({ output } = await run("npx", ["node", "keep-receipt.mjs", String(claims["assurance_receipt"])], { cwd: directory, env: { ISSUER: world.issuer, CLIENT_ID: clientId, npm_config_loglevel: "silent" } }));
});
afterAll(async () => {
  await world.close();
  rmSync(directory, { recursive: true, force: true });
});

test("the relying party's program keeps a receipt, and checks it", () => {
  const { sub, ial, aal, fal } = claims;
  const { version } = world.bridge.providerPorts.assurance;
  expect(output).toBe(`${String(sub)} had IAL ${String(ial)}, AAL ${String(aal)}, FAL ${String(fal)} by policy ${version}\n`);
});

/** The members that a table names in its first column. */
const namesUnder = (heading: string): string[] => tableUnder(document, heading).flatMap(([names = ""]) => [...names.matchAll(/`(?<name>\w+)`/gu)].map(({ groups }) => groups?.["name"] ?? ""));

test("the table of the statement's claims is whole", () => {
  const kept = readFileSync(path.join(directory, "receipt.jwt"), "utf8").split(".")[1] ?? "";
  const told = Object.keys(JSON.parse(Buffer.from(kept, "base64url").toString()) as object);
  expect(namesUnder("## For relying parties").sort()).toEqual(told.sort());
});

test("the form of a receipt is as described, and so is how it is checked", async () => {
  const { read } = world.bridge.storage;
  const keys = new Map((await read.receiptKeys()).map((key) => [key.kid, createPublicKey({ key: { ...key }, format: "jwk" })]));
  const octets = (text: unknown): Buffer => Buffer.from(String(text), "base64url");
  const sha256 = (...parts: (string | Buffer)[]): Buffer => parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest();
  let checked = 0;
  for await (const receipt of readReceipts(read)) {
    const written = JSON.parse(JSON.stringify(receiptDocument(receipt))) as Readonly<Record<string, unknown>>;
    expect([...Object.keys(written), "content_hash"].sort()).toEqual(namesUnder("## The form of a receipt").sort());
    const { id, at, kind, person, detail, previous_hash, hash, signature, key } = written;
    const content = sha256(JSON.stringify([id, at, kind, person, JSON.stringify(detail)]));
    expect(hash).toBe(sha256(octets(previous_hash), content).toString("base64url"));
    const signed = Buffer.concat([Buffer.from("jpki-bridge/receipt/1\n"), octets(hash)]);
    const published = keys.get(String(key));
    expect(published !== undefined && verify("sha256", signed, { key: published, dsaEncoding: "ieee-p1363" }, octets(signature))).toBe(true);
    checked += 1;
  }
  expect(checked).toBeGreaterThan(5);
});
