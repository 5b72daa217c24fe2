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
import { freePort } from "../../src/sandbox/sandbox-configuration.ts";
import { enrolOnPhone, linkOf, newPerson, openEnrolment, reachCallback, returnToBrowser } from "../support/journey.ts";
import { startWorld, type World } from "../support/world.ts";
import { codeBlock, readDocument, root, tableUnder } from "./markdown.ts";
import { run } from "./run.ts";

const document = readDocument("docs/signals.md");
const redirectUri = "http://localhost:4000/callback";
let world: World;
let directory: string;
const programs: ChildProcess[] = [];

beforeAll(async () => {
  let configuration: ConfigurationFile | undefined;
  world = await startWorld((file) => (configuration = { ...file, outgoing: { private_hosts: ["localhost"] } }));
  writeFileSync(path.join(world.directory, sandboxConfigurationFile), JSON.stringify(configuration));
  directory = mkdtempSync(path.join(tmpdir(), "jpki-bridge-signals-"));
  symlinkSync(path.join(root, "node_modules"), path.join(directory, "node_modules"));
});

afterAll(async () => {
  // With what npx started.
  for (const { pid } of programs) if (pid !== undefined) process.kill(-pid);
  await world.close();
  rmSync(directory, { recursive: true, force: true });
});

/** Somebody signs in at the receiver: their subject there. */
async function signIn(persona?: string): Promise<string> {
  const jwk = JSON.parse(readFileSync(path.join(directory, "receiver-key.json"), "utf8")) as JsonWebKey & { kid: string };
  const key = await crypto.subtle.importKey("jwk", jwk, { name: "ECDSA", namedCurve: "P-256" }, false, ["sign"]);
  const config = await openid.discovery(new URL(world.issuer), "my-receiver", { id_token_signed_response_alg: "ES256" }, openid.PrivateKeyJwt({ key, kid: jwk.kid }), { execute: [openid.allowInsecureRequests] });
  const pkceCodeVerifier = openid.randomPKCECodeVerifier();
  const url = openid.buildAuthorizationUrl(config, { redirect_uri: redirectUri, scope: "openid", code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier), code_challenge_method: "S256" });
  const person = newPerson(persona);
  const outcome = await enrolOnPhone(world, person, linkOf(await openEnrolment(person, await person.browser.open(url.href), "same")), async () => "");
  if (outcome.next !== "return") throw new Error("expected a device-local return");
  const callback = await reachCallback(person, await returnToBrowser(person, outcome.return_url));
  const tokens = await openid.authorizationCodeGrant(config, new URL(callback), { pkceCodeVerifier });
  return String(tokens.claims()?.sub);
}

/** Runs a program of the document in the way it says, beside the clone's modules; the lines it prints, as JSON. */
function start(name: string, env: Readonly<Record<string, string>> = {}): () => Promise<unknown> {
  writeFileSync(path.join(directory, `${name}.mjs`), codeBlock(document, name));
  const program = spawn("npx", ["node", `${name}.mjs`], { cwd: directory, env: { ...process.env, ISSUER: world.issuer, ...env }, stdio: ["ignore", "pipe", "inherit"], detached: true });
  programs.push(program);
  const lines = createInterface({ input: program.stdout })[Symbol.asyncIterator]();
  return async () => JSON.parse(String((await lines.next()).value)) as unknown;
}

async function hold(sub: string): Promise<void> {
  const found = await world.bridge.storage.read.pairwiseSubject.findUnique({ where: { subject: sub } });
  await holdPerson(world.bridge.storage, { personId: asIdentifier<PersonId>(String(found?.personId)), at: world.now(), by: "person", liftedBy: "signature", policy: world.bridge.providerPorts.assurance });
}

const hello = { subject: { format: "opaque", id: expect.any(String) as string }, events: [{ type: streamEventTypes.verification, members: { state: "hello" } }] };
const disabled = (sub: string): object => ({ subject: { format: "iss_sub", iss: world.issuer, sub }, events: [{ type: eventTypes.account_disabled }] });

test("the receiver's program has a stream verified, and prints what happens to somebody", async () => {
  const command = codeBlock(document, "register").replace("npx jpki-bridge", `node ${path.join(root, "src/cli/jpki-bridge.js")}`);
  const { code, output } = await run("sh", ["-ec", command], { cwd: directory, env: { JPKI_BRIDGE_DATA: world.directory } });
  expect(output).toContain("registered my-receiver");
  expect(code).toBe(0);
  const sub = await signIn();

  const line = start("receiver");
  expect(await line()).toEqual(hello);
  await hold(sub);
  expect(await line()).toMatchObject(disabled(sub));
});

test("the pushed one, too, save of whom it took off its stream", async () => {
  const port = String(await freePort());
  const line = start("push", { PORT: port });
  expect(await line()).toEqual(hello);
  const [removed, back, other] = [await signIn("good-card"), await signIn("next-generation"), await signIn("renewed")];
  for (const [what, sub] of [["remove", removed], ["remove", back], ["add", back]] as const) {
    expect(await run("npx", ["node", "push.mjs", what, sub], { cwd: directory, env: { ISSUER: world.issuer, PORT: port, npm_config_loglevel: "silent" } })).toEqual({ code: 0, output: "" });
  }
  for (const sub of [removed, back, other]) await hold(sub);
  const heard: unknown[] = [];
  // Of different people one may overtake another.
  while (!heard.includes(back) || !heard.includes(other)) {
    const { subject, events } = (await line()) as { subject: { sub?: string }; events: { type: string }[] };
    if (events[0]?.type === eventTypes.account_disabled) heard.push(subject.sub);
  }
  expect(heard.toSorted()).toEqual([back, other].toSorted());
});

test("every event type stands in the table, and no other", () => {
  const told = tableUnder(document, "## Events").flatMap(([names = ""]) => {
    const [first = "", ...others] = [...names.matchAll(/`(?<name>[^`]+)`/gu)].map(({ groups }) => groups?.["name"] ?? "");
    const folder = first.slice(0, first.lastIndexOf("/") + 1);
    return [first, ...others.map((name) => `${folder}${name}`)];
  });
  expect(told.map((name) => name.replace("…", "https://schemas.openid.net/secevent")).toSorted()).toEqual([...Object.values(eventTypes), ...Object.values(streamEventTypes)].toSorted());
});
