import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import * as openid from "openid-client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ConfigurationFile, sandboxConfigurationFile } from "../../src/config.ts";
import { asIdentifier, type PersonId } from "../../src/identifiers.ts";
import { holdPerson } from "../../src/people/index.ts";
import { eventTypes, streamEventTypes } from "../../src/signals/event-types.ts";
import { enrolOnPhone, linkOf, newPerson, openEnrolment, reachCallback, returnToBrowser } from "../support/journey.ts";
import { startWorld, type World } from "../support/world.ts";
import { codeBlock, readDocument, root, tableUnder } from "./markdown.ts";
import { run } from "./run.ts";

const document = readDocument("docs/signals.md");
const redirectUri = "http://localhost:4000/callback";
let world: World;
let directory: string;
let program: ChildProcess | undefined;

beforeAll(async () => {
  let configuration: ConfigurationFile | undefined;
  world = await startWorld((file) => (configuration = file));
  writeFileSync(path.join(world.directory, sandboxConfigurationFile), JSON.stringify(configuration));
  directory = mkdtempSync(path.join(tmpdir(), "jpki-bridge-signals-"));
  symlinkSync(path.join(root, "node_modules"), path.join(directory, "node_modules"));
});

afterAll(async () => {
  program?.kill();
  await world.close();
  rmSync(directory, { recursive: true, force: true });
});

/** Somebody signs in at the receiver: their subject there. */
async function signIn(): Promise<string> {
  const jwk = JSON.parse(readFileSync(path.join(directory, "receiver-key.json"), "utf8")) as JsonWebKey & { kid: string };
  const key = await crypto.subtle.importKey("jwk", jwk, { name: "ECDSA", namedCurve: "P-256" }, false, ["sign"]);
  const config = await openid.discovery(new URL(world.issuer), "my-receiver", { id_token_signed_response_alg: "ES256" }, openid.PrivateKeyJwt({ key, kid: jwk.kid }), { execute: [openid.allowInsecureRequests] });
  const pkceCodeVerifier = openid.randomPKCECodeVerifier();
  const url = openid.buildAuthorizationUrl(config, { redirect_uri: redirectUri, scope: "openid", code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier), code_challenge_method: "S256" });
  const person = newPerson();
  const outcome = await enrolOnPhone(world, person, linkOf(await openEnrolment(person, await person.browser.open(url.href), "same")), async () => "");
  if (outcome.next !== "return") throw new Error("expected a device-local return");
  const callback = await reachCallback(person, await returnToBrowser(person, outcome.return_url));
  const tokens = await openid.authorizationCodeGrant(config, new URL(callback), { pkceCodeVerifier });
  return String(tokens.claims()?.sub);
}

test("the receiver's program has a stream verified, and prints what happens to somebody", async () => {
  const command = codeBlock(document, "register").replace("npx jpki-bridge", `node ${path.join(root, "src/cli/main.ts")}`);
  const { code, output } = await run("sh", ["-ec", command], { cwd: directory, env: { JPKI_BRIDGE_DATA: world.directory } });
  expect(output).toContain("registered my-receiver");
  expect(code).toBe(0);
  const sub = await signIn();

  writeFileSync(path.join(directory, "receiver.mjs"), codeBlock(document, "receiver"));
  program = spawn(process.execPath, ["receiver.mjs"], { cwd: directory, env: { ...process.env, ISSUER: world.issuer }, stdio: ["ignore", "pipe", "inherit"] });
  const lines = createInterface({ input: program.stdout ?? process.stdin })[Symbol.asyncIterator]();
  const line = async (): Promise<unknown> => JSON.parse(String((await lines.next()).value));

  expect(await line()).toEqual({ subject: { format: "opaque", id: expect.any(String) }, events: [{ type: streamEventTypes.verification, members: { state: "hello" } }] });
  const found = await world.bridge.storage.read.pairwiseSubject.findUnique({ where: { subject: sub } });
  await holdPerson(world.bridge.storage, { personId: asIdentifier<PersonId>(String(found?.personId)), at: world.now(), by: "person", liftedBy: "signature", policy: world.bridge.providerPorts.assurance });
  expect(await line()).toMatchObject({ subject: { format: "iss_sub", iss: world.issuer, sub }, events: [{ type: eventTypes.account_disabled }] });
});

test("every event type stands in the table, and no other", () => {
  const told = tableUnder(document, "## Events").flatMap(([names = ""]) => {
    const [first = "", ...others] = [...names.matchAll(/`(?<name>[^`]+)`/gu)].map(({ groups }) => groups?.["name"] ?? "");
    const folder = first.slice(0, first.lastIndexOf("/") + 1);
    return [first, ...others.map((name) => `${folder}${name}`)];
  });
  expect(told.map((name) => name.replace("…", "https://schemas.openid.net/secevent")).toSorted()).toEqual([...Object.values(eventTypes), ...Object.values(streamEventTypes)].toSorted());
});
