import { type ChildProcess, fork } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { createRemoteJWKSet, decodeProtectedHeader, exportJWK, generateKeyPair, jwtVerify } from "jose";
import * as client from "openid-client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { randomBytes, toBase64Url } from "../../src/bytes.ts";
import { openStorage } from "../../src/cli/with-storage.ts";
import { systemClock } from "../../src/clock.ts";
import { checkConfiguration, type ConfigurationFile, sandboxConfigurationFile } from "../../src/config.ts";
import { asIdentifier, type ClientId } from "../../src/identifiers.ts";
import { listCookieKeys, rotateCookieKey } from "../../src/provider/keys-cookies.ts";
import { type KeyDocument, rotateKeys } from "../../src/provider/keys.ts";
import { openToken, tokenKey } from "../../src/provider/pkcs11/index.ts";
import { rotateKey } from "../../src/relying-parties/index.ts";
import { rotateReceiptKey, type Storage, toDate, verifyReceipts } from "../../src/storage/index.ts";
import { enrolAndSignIn, newPerson, type Person, reachCallback, signInAgain } from "../support/journey.ts";
import { registerRelyingParty, type TestRelyingParty } from "../support/relying-party.ts";
import { type SoftHsm, softHsm, whyNoSoftHsm } from "../support/softhsm.ts";
import { startWorld, type World } from "../support/world.ts";

/** Every key of a running bridge is rotated while people sign in: nobody notices. */

if (whyNoSoftHsm !== null) process.stderr.write(`skipped: of the rotation under load the part with a token, for ${whyNoSoftHsm}\n`);

/** For so long the relying party keeps the key set: seconds here for the ten minutes of others, as the announcement is shortened too. */
const cacheMs = 2000;
let [world, child, party, storage]: [World, ChildProcess, TestRelyingParty, Storage] = [] as never;
let hsm: SoftHsm | null = null;
const person = newPerson();
const failures: string[] = [];
const done = { signIns: 0, silent: 0, introspections: 0, certificates: 0 };
/** Who the person is to the relying party. */
let subject: string | undefined;
const signedBy = new Set<string>();

beforeAll(async () => {
  let file: ConfigurationFile | null = null;
  hsm = whyNoSoftHsm === null ? softHsm() : null;
  for (const label of ["one", "two"]) hsm?.addKey(label);
  world = await startWorld((written) => (file = withToken(written)));
  party = await registerRelyingParty(world);
  const { signIn, callback } = await enrolAndSignIn(world, person, party);
  subject = (await party.finish(signIn, callback)).claims()?.sub;
  await world.bridge.close();

  // A sealing key was put first since, and a digest key came: what is in the database was sealed and found by those before.
  const written = file as unknown as ConfigurationFile;
  for (const file of ["sealing-2.key", "digest-2.key"]) writeFileSync(path.join(world.directory, file), toBase64Url(randomBytes(32)), { mode: 0o600 });
  const settings: ConfigurationFile = { ...written, log: "silent", sealing: { ...written.sealing, keys: [{ id: "second", file: "sealing-2.key" }, ...written.sealing.keys], digest_keys_after: ["digest-2.key"] } };
  writeFileSync(path.join(world.directory, sandboxConfigurationFile), JSON.stringify(settings));
  storage = await openStorage(checkConfiguration(settings, world.directory, "sandbox"));
  // The world has made the first key of cookies, which could not be followed for a day.
  for (const { id } of await listCookieKeys(storage, systemClock())) await storage.artifacts.remove("CookieKey", id);
  child = fork(path.join(import.meta.dirname, "rotation-process.ts"), [world.directory], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  await new Promise<void>((resolve, reject) => child.once("message", () => resolve()).once("exit", (code) => reject(new Error(`the bridge ended with ${code}`))));
});
afterAll(async () => {
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill();
  await ended;
  await storage.close();
  await world.jlis.close();
  for (const directory of [world.directory, ...(hsm === null ? [] : [hsm.directory])]) rmSync(directory, { recursive: true, force: true });
});

function withToken(file: ConfigurationFile): ConfigurationFile {
  if (hsm === null) return file;
  const pin = path.join(hsm.directory, "pin");
  writeFileSync(pin, hsm.pin, { mode: 0o600 });
  return { ...file, keys: { pkcs11: { module: hsm.module, token_label: hsm.label, pin_file: pin, key_label: "one" } } };
}

test("rotating every key under load fails no sign-in and no introspection", { timeout: 90_000 }, async () => {
  let [isOver, config] = [false, party.config];
  const keys = createRemoteJWKSet(new URL(`${world.issuer}/jwks`), { cacheMaxAge: cacheMs });
  const steady = { ...newPerson(), authenticator: person.authenticator };
  const { signIn, callback } = await signInAgain(world, steady, party);
  await party.finish(signIn, callback);
  const load = [
    ...Array.from({ length: 3 }, () => repeat(() => isOver, () => fullSignIn(() => config, keys))),
    repeat(() => isOver, () => silentSignIn(steady, () => config)),
    repeat(() => isOver, () => signInByCertificate(() => config)),
  ];

  const cookieBefore = await listCookieKeys(storage, systemClock());
  const receiptKeyBefore = storage.receiptSigner.keyId;
  const announced = await Promise.all([rotateKeys(storage, "RS256", systemClock()), rotateKeys(storage, "ES256", systemClock(), await nextInToken())]);
  await rotateCookieKey(storage, systemClock());
  await rotateReceiptKey(storage, systemClock());
  config = await withNewClientKey();
  await until(async () => (await Promise.all(announced.map(({ id }) => isPublished(id)))).every(Boolean));
  await wait(cacheMs);
  await sooner(announced.map(({ id }) => id));

  const columns = await storage.sealed.reseal({ batch: 200 });
  expect(columns.reduce((sum, { resealed }) => sum + resealed, 0)).toBeGreaterThan(10);
  expect(await storage.digests.census()).toContainEqual({ column: "evidence.certificate_digest", level: 1, values: 1 });
  const digests = await storage.digests.rewrap({ batch: 200 });
  expect(digests.find(({ column }) => column === "evidence.certificate_digest")?.wrapped).toBe(1);
  const before = done.certificates;
  await until(async () => signedBy.size === 2 && done.certificates > before + 2);
  await wait(1000);
  isOver = true;
  await Promise.all(load);

  expect(failures).toEqual([]);
  expect(Math.min(done.signIns, done.silent, done.introspections)).toBeGreaterThan(20);
  expect([...signedBy][1]).toBe(announced[1]?.id);
  expect(cookieBefore).toEqual([]);
  expect(storage.receiptSigner.keyId).not.toBe(receiptKeyBefore);
  expect((await verifyReceipts(storage.read)).fault).toBeNull();
  expect((await storage.digests.census()).filter(({ level }) => level !== 2)).toEqual([]);
  expect(await storage.read.person.count()).toBe(1);
  expect(new Set((await storage.sealed.census()).map(({ key }) => key))).toEqual(new Set(["second"]));
  process.stderr.write(`rotation under load: ${JSON.stringify(done)}\n`);
});

async function repeat(isOver: () => boolean, work: () => Promise<void>): Promise<void> {
  while (!isOver()) await work().catch((error: unknown) => void failures.push(error instanceof Error ? `${error.name}: ${error.message}` : String(error)));
}

async function fullSignIn(config: () => client.Configuration, keys: ReturnType<typeof createRemoteJWKSet>): Promise<void> {
  const { signIn, callback } = await signInAgain(world, { ...newPerson(), authenticator: person.authenticator }, party);
  const tokens = await exchange(config(), signIn, callback);
  await jwtVerify(tokens.id_token ?? "", keys);
  signedBy.add(String(decodeProtectedHeader(tokens.id_token ?? "").kid));
  done.signIns += 1;
  const { active } = await client.tokenIntrospection(config(), tokens.access_token);
  if (!active) throw new Error("a token that was just issued does not count");
  done.introspections += 1;
}

/** By the cookie of a session that began before anything was rotated. */
async function silentSignIn(steady: Person, config: () => client.Configuration): Promise<void> {
  const signIn = await party.begin({ prompt: "none" });
  await exchange(config(), signIn, await reachCallback(steady, await steady.browser.open(signIn.url)));
  done.silent += 1;
}

/** By the certificate, in a browser that nobody knows: it finds the same person by its digest. */
async function signInByCertificate(config: () => client.Configuration): Promise<void> {
  const { signIn, callback } = await enrolAndSignIn(world, newPerson(), party);
  if ((await exchange(config(), signIn, callback)).claims()?.sub !== subject) throw new Error("somebody else");
  done.certificates += 1;
  await wait(300);
}

const exchange = (config: client.Configuration, { verifier, state, nonce }: { verifier: string; state: string; nonce: string }, callback: string) =>
  client.authorizationCodeGrant(config, new URL(callback), { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true });

async function nextInToken(): Promise<KeyDocument | undefined> {
  return hsm === null ? undefined : tokenKey(await openToken(hsm), { label: "two" }, "ES256");
}

/** The relying party rotates too: a second key, beside the first for a while. */
async function withNewClientKey(): Promise<client.Configuration> {
  const pair = await generateKeyPair("ES256", { extractable: true });
  await rotateKey(storage, asIdentifier<ClientId>(party.clientId), { ...(await exportJWK(pair.publicKey)), kid: "2", use: "sig", alg: "ES256" }, 60, systemClock());
  return client.discovery(new URL(world.issuer), party.clientId, { id_token_signed_response_alg: "ES256" }, client.PrivateKeyJwt({ key: pair.privateKey, kid: "2" }), { execute: [client.allowInsecureRequests] });
}

const isPublished = async (id: string): Promise<boolean> => ((await (await fetch(`${world.issuer}/jwks`)).json()) as { keys: { kid: string }[] }).keys.some(({ kid }) => kid === id);

/** What takes eleven minutes otherwise: the keys that are published sign from now on. */
async function sooner(ids: readonly string[]): Promise<void> {
  const now = systemClock();
  const [cookieKey] = await listCookieKeys(storage, now);
  await storage.transaction(async ({ data, artifacts }) => {
    for (const id of ids) await data.providerKey.update({ where: { id }, data: { signsFrom: toDate(now) } });
    const { expiresAt: _unchanged, ...key } = cookieKey ?? { expiresAt: 0 };
    await artifacts.replace("CookieKey", cookieKey?.id ?? "", 1, { ...key, signsFrom: now });
  });
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const start = performance.now(); performance.now() - start < 40_000; await wait(300)) if (await holds()) return;
  throw new Error("waited for forty seconds");
}
