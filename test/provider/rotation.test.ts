import { compactVerify, createRemoteJWKSet, decodeProtectedHeader } from "jose";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { listKeys, retireKey, rotateKeys } from "../../src/provider/keys.ts";
import { keyState, overlap, publicationLead } from "../../src/provider/keys-life.ts";
import { enrolAndSignIn, newPerson, type Person, reachCallback, signInAgain, signInWithPasskey } from "../support/journey.ts";
import { registerRelyingParty, type TestRelyingParty } from "../support/relying-party.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let party: TestRelyingParty;
let person: Person;

beforeAll(async () => {
  // The bridge's upkeep runs by an interval: here it runs when a test says so.
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  world = await startWorld();
  party = await registerRelyingParty(world);
  person = newPerson();
  const { signIn, callback } = await enrolAndSignIn(world, person, party);
  await party.finish(signIn, callback);
});
afterAll(async () => {
  await world.close();
  vi.useRealTimers();
});

/** Lets the running bridge look after its keys, as it does every quarter of a minute. */
async function upkeep(): Promise<void> {
  const kids = async (): Promise<string> => JSON.stringify(await (await fetch(`${world.issuer}/jwks`)).json());
  const before = await kids();
  await vi.advanceTimersByTimeAsync(15_000);
  for (let tries = 0; tries < 20 && (await kids()) === before; tries += 1) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** A sign-in from the start; the key that signed its ID token. */
async function signIn(): Promise<{ idToken: string; kid: string }> {
  const { signIn: begun, callback } = await signInAgain(world, { ...newPerson(), authenticator: person.authenticator }, party);
  const { id_token: idToken } = await party.finish(begun, callback);
  if (idToken === undefined) throw new Error("no ID token");
  return { idToken, kid: String(decodeProtectedHeader(idToken).kid) };
}

const published = async (): Promise<string[]> => ((await (await fetch(`${world.issuer}/jwks`)).json()) as { keys: { kid: string; alg: string }[] }).keys.filter(({ alg }) => alg === "ES256").map(({ kid }) => kid);
const verifies = async (idToken: string): Promise<boolean> => {
  const keys = createRemoteJWKSet(new URL(`${world.issuer}/jwks`));
  return (await compactVerify(idToken, keys).catch(() => null)) !== null;
};

test("a running bridge takes a rotation up: published first, then signing, then the old one goes; no sign-in fails", async () => {
  const before = await signIn();
  const { id } = await rotateKeys(world.bridge.storage, "ES256", world.now());
  expect(before.kid).not.toBe(id);
  await upkeep();
  expect(await published()).toEqual([before.kid, id]);
  expect((await signIn()).kid).toBe(before.kid);

  world.advance(publicationLead - 5);
  await upkeep();
  const last = await signIn();
  expect(last.kid).toBe(before.kid);

  world.advance(10);
  await upkeep();
  const next = await signIn();
  expect(next.kid).toBe(id);
  expect(await published()).toEqual([id, before.kid]);
  expect([await verifies(last.idToken), await verifies(next.idToken)]).toEqual([true, true]);

  world.advance(overlap - 30);
  await upkeep();
  expect(await verifies(last.idToken)).toBe(true);

  world.advance(120);
  await upkeep();
  expect(await published()).toEqual([id]);
  expect((await signIn()).kid).toBe(id);
  const keys = await listKeys(world.bridge.storage);
  expect(keys.filter(({ algorithm }) => algorithm === "ES256").map((key) => keyState(key, keys, world.now()))).toEqual(["retired", "active"]);
});

test("a sign-in that stands at the passkey while the new key takes over ends well", async () => {
  const { id } = await rotateKeys(world.bridge.storage, "ES256", world.now());
  await upkeep();
  const stranger = { ...newPerson(), authenticator: person.authenticator };
  const begun = await party.begin();
  const page = await stranger.browser.open(begun.url);
  world.advance(publicationLead + 1);
  await upkeep();
  const callback = await reachCallback(stranger, await signInWithPasskey(world, stranger, page));
  const { id_token: idToken = "" } = await party.finish(begun, callback);
  expect(decodeProtectedHeader(idToken).kid).toBe(id);
});

test("a key that is retired at once is out of the key set, another signs, and what it signed counts no more here", async () => {
  const standing = await signInAgain(world, person, party);
  const { id_token: idToken = "" } = await party.finish(standing.signIn, standing.callback);
  const stolen = { idToken, kid: String(decodeProtectedHeader(idToken).kid) };
  const silently = async (idToken: string): Promise<string | null> => {
    const answer = await person.browser.open((await party.begin({ prompt: "none", id_token_hint: idToken })).url);
    return new URL(answer.headers.get("location") ?? "").searchParams.get("error");
  };
  expect(await silently(stolen.idToken)).toBeNull();
  const signing = await retireKey(world.bridge.storage, stolen.kid, { reason: "test", now: world.now() });
  await upkeep();
  expect(await published()).not.toContain(stolen.kid);
  expect((await signIn()).kid).toBe(signing?.id);
  expect(await verifies(stolen.idToken)).toBe(false);
  const refused = await party.begin({ prompt: "none", id_token_hint: stolen.idToken }).then(() => "taken", (error: { error?: string }) => error.error);
  const leaving = await person.browser.open(`${world.issuer}/sign-out?${new URLSearchParams({ id_token_hint: stolen.idToken })}`);
  expect([refused, leaving.status]).toEqual(["invalid_request", 400]);
});

test("after a restart the same key signs", async () => {
  const { kid } = await signIn();
  await world.restart();
  expect((await signIn()).kid).toBe(kid);
});
