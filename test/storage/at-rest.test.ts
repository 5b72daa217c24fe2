import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { JpkiApplet, SoftwareSecureElement } from "@jpki-bridge/client-sdk";
import * as client from "openid-client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { toBase64, toBase64Url, toHex } from "../../src/bytes.ts";
import { parseCertificate } from "../../src/pki/certificate.ts";
import { enrolAndSignIn, newPerson, signInAgain } from "../support/journey.ts";
import { registerRelyingParty } from "../support/relying-party.ts";
import { resource, startWorld, type World } from "../support/world.ts";

let world: World;
/** What a thief of the database must not find: name to the octets or text as it would stand there. */
const secrets = new Map<string, Uint8Array | string>();

beforeAll(async () => {
  world = await startWorld();
  const party = await registerRelyingParty(world, { authentication: "client_secret_basic", pushed: false, registration: { refreshTokens: true } });
  const person = newPerson();
  const parameters = { scope: `openid offline_access ${resource.scopes.join(" ")}`, prompt: "consent" };
  const first = await enrolAndSignIn(world, person, party, parameters);
  const tokens = await party.finish(first.signIn, first.callback);
  const { signIn, callback } = await signInAgain(world, person, party, { ...parameters, resource: resource.identifier });
  const again = await party.finish(signIn, callback);

  const applet = await JpkiApplet.select(new SoftwareSecureElement(await world.image("good-phone")));
  const der = await applet.readCertificate("authentication");
  const parsed = parseCertificate(der);
  if (!parsed.valid) throw new Error("the persona has no certificate");
  const { serialNumber } = parsed.value;
  secrets.set("certificate", der).set("end of the certificate", der.subarray(-64));
  // The contents of a short serial occur by chance; the octets around it do not.
  const at = Buffer.from(der).indexOf(Buffer.from(serialNumber));
  secrets.set("serial number", der.subarray(at - 2, at + serialNumber.length + 8));
  for (const [form, encode] of Object.entries({ hex: toHex, base64: toBase64, base64url: toBase64Url })) secrets.set(`certificate in ${form}`, encode(der.subarray(0, 96)));
  if (serialNumber.length >= 4) secrets.set("serial number in hex", toHex(serialNumber)).set("serial number in decimal", BigInt(`0x${toHex(serialNumber)}`).toString());

  for (const [name, token] of [["access token", tokens.access_token], ["refresh token", tokens.refresh_token], ["ID token", tokens.id_token], ["second access token", again.access_token], ["second refresh token", again.refresh_token]] as const) {
    if (token === undefined) throw new Error(`no ${name}`);
    secrets.set(name, token);
    if (token.includes(".")) secrets.set(`signature of the ${name}`, token.slice(token.lastIndexOf(".") + 1));
  }
  secrets.set("client secret", String((party.config.clientMetadata() as { client_secret?: string }).client_secret));
  for (const [name, value] of person.browser.cookiesOf(world.issuer)) if (value.length >= 16) secrets.set(`cookie ${name}`, value);
  for (const [name, url] of [["code", first.callback], ["second code", callback]] as const) secrets.set(name, new URL(url).searchParams.get("code") ?? "");
  for (const [name, value] of Object.entries({ state: signIn.state, nonce: signIn.nonce, verifier: signIn.verifier })) secrets.set(name, value);
  for (const key of await readKeys()) secrets.set("private key of the provider", key);
  expect((await client.fetchUserInfo(party.config, tokens.access_token, String(tokens.claims()?.sub))).sub).toBe(tokens.claims()?.sub);
});
afterAll(() => world.close());

async function readKeys(): Promise<string[]> {
  const rows = await world.bridge.storage.read.providerKey.findMany();
  const { sealing } = world.bridge.storage;
  return rows.map(({ id, sealedKey }) => (JSON.parse(Buffer.from(sealing.open(sealedKey, `provider_key/${id}`)).toString()) as { d: string }).d);
}

/** The database with its log of writes, as it lies on the disk while the bridge runs. */
const files = (): Buffer[] => readdirSync(world.directory).filter((name) => name.startsWith("jpki-bridge.db")).map((name) => readFileSync(path.join(world.directory, name)));

test("the database holds the journey: what is not secret is found in it", () => {
  const all = files();
  expect(all.length).toBeGreaterThan(0);
  for (const plain of ["jpki_user_authentication", "evidence_verified", "passkey_bound", "AccessToken"]) expect(all.some((file) => file.includes(plain)), plain).toBe(true);
});

test("nothing that identifies, signs in or opens anything can be read in it", () => {
  expect(secrets.size).toBeGreaterThanOrEqual(20);
  const found = [...secrets].filter(([, secret]) => files().some((file) => file.includes(typeof secret === "string" ? secret : Buffer.from(secret)))).map(([name]) => name);
  expect(found).toEqual([]);
  for (const [name, secret] of secrets) expect(secret.length, name).toBeGreaterThanOrEqual(8);
});

test("nor in any line of the log", () => {
  const texts = [...secrets].filter((entry): entry is [string, string] => typeof entry[1] === "string");
  const lines = world.logs.join("\n");
  expect(world.logs.length).toBeGreaterThan(10);
  expect(texts.filter(([, secret]) => lines.includes(secret)).map(([name]) => name)).toEqual([]);
});
