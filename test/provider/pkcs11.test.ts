import { rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Configuration } from "../../src/config.ts";
import { openConfiguredToken, takeUpToken } from "../../src/cli/token.ts";
import { toHex, utf8 } from "../../src/bytes.ts";
import { activeKey, publicationLead } from "../../src/provider/keys-life.ts";
import { ensureKeys, listKeys, loadKeySet, retireKey, rotateKeys } from "../../src/provider/keys.ts";
import { loadModule } from "../../src/provider/pkcs11/binding.ts";
import { adoptTokenKeys, openToken, type SigningToken, tokenKey } from "../../src/provider/pkcs11/index.ts";
import { enrolAndSignIn, newPerson, signInAgain } from "../support/journey.ts";
import { registerRelyingParty, type TestRelyingParty } from "../support/relying-party.ts";
import { type SoftHsm, softHsm, whyNoSoftHsm } from "../support/softhsm.ts";
import { startWorld, type World } from "../support/world.ts";
import { temporaryStorage } from "../storage/temporary.ts";

// A suite that skips says so (and why).
if (whyNoSoftHsm !== null) process.stderr.write(`skipped: signing keys in a token, for ${whyNoSoftHsm}\n`);

const now = 1_800_000_000;
let hsm: SoftHsm;

describe.skipIf(whyNoSoftHsm !== null)("a token of SoftHSM2", () => {
  beforeAll(() => {
    hsm = softHsm();
    for (const name of ["one", "two", "twice", "twice"]) hsm.addKey(name);
    hsm.addKey("rsa", "RSA");
    hsm.addKey("p384", "P-384");
  });
  afterAll(() => rmSync(hsm.directory, { recursive: true, force: true }));

  describe("signs", () => {
    let token: SigningToken;
    beforeAll(async () => {
      token = await openToken(hsm);
    });

    const verified = async (label: string, alg: "ES256" | "RS256"): Promise<boolean> => {
      const { kty, crv, x, y, n, e } = await token.publicKey({ label }, alg);
      const algorithm = alg === "ES256" ? { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } : { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
      const key = await crypto.subtle.importKey("jwk", JSON.parse(JSON.stringify({ kty, crv, x, y, n, e })) as JsonWebKey, algorithm, false, ["verify"]);
      return crypto.subtle.verify(algorithm, key, await token.sign({ label }, alg, utf8("octets")), utf8("octets"));
    };
    test("with ES256 and with RS256", async () => {
      expect([await verified("one", "ES256"), await verified("rsa", "RS256")]).toEqual([true, true]);
    });

    test("200 at once, and the event loop goes on meanwhile", async () => {
      let [longest, last] = [0, performance.now()];
      const timer = setInterval(() => {
        longest = Math.max(longest, performance.now() - last);
        last = performance.now();
      }, 1);
      const signatures = await Promise.all(Array.from({ length: 200 }, (_, index) => token.sign({ label: "one" }, "ES256", utf8(String(index)))));
      clearInterval(timer);
      expect(new Set(signatures.map((signature) => toHex(signature))).size).toBe(200);
      expect(longest).toBeLessThan(1000);
    });

    test("again after the token was taken out and put back", async () => {
      const module = await loadModule(hsm.module);
      const slot = (await module.slots()).find(({ label }) => label === hsm.label)?.slot;
      await module.closeAllSessions(slot ?? 0n);
      const signatures = await Promise.all(Array.from({ length: 20 }, () => token.sign({ label: "one" }, "ES256", utf8("octets"))));
      expect(signatures.every(({ length }) => length === 64)).toBe(true);
    });

    const refused: [string, () => Promise<unknown>, string][] = [
      ["a key that is not there", () => token.sign({ label: "none" }, "ES256", utf8("")), "key_not_found"],
      ["a label that two keys have", () => token.publicKey({ label: "twice" }, "ES256"), "key_ambiguous"],
      ["a key on another curve", () => token.publicKey({ label: "p384" }, "ES256"), "key_not_usable"],
      ["an id that is another key's", () => token.publicKey({ label: "one", id: "a2" }, "ES256"), "key_not_found"],
      ["an RSA key for ES256", () => token.publicKey({ label: "rsa" }, "ES256"), "CKR_ATTRIBUTE_TYPE_INVALID"],
      ["a token that is not there", () => openToken({ ...hsm, label: "none" }), "token_not_found"],
      ["a module that is none", () => openToken({ ...hsm, module: "/etc/passwd" }), "module_not_loaded"],
    ];
    test.each(refused)("but not: %s", async (_name, act, code) => {
      await expect(act()).rejects.toMatchObject({ code });
    });

    test("a wrong PIN is named, and stops the start with a sentence that does not say it", async () => {
      const module = await loadModule(hsm.module);
      const slot = (await module.slots()).find(({ label }) => label === hsm.label)?.slot;
      await module.closeAllSessions(slot ?? 0n);
      const keys = { rotate_every: 90, pkcs11: { module: hsm.module, token_label: hsm.label, key_label: "one", pin: "000000" } };
      const opening = openConfiguredToken({ keys } as Pick<Configuration, "keys">);
      await expect(opening).rejects.toMatchObject({ problems: ["keys.pkcs11: CKR_PIN_INCORRECT: C_Login"] });
    });
  });

  describe("the keys of the provider", () => {
    test("a key of the token is announced, then signs; its private part is nowhere else", async () => {
      const token = await openToken(hsm);
      const storage = temporaryStorage();
      await ensureKeys(storage, now);
      await adoptTokenKeys(storage, { token, places: { ES256: { label: "one" } } }, now);
      await adoptTokenKeys(storage, { token, places: { ES256: { label: "one" } } }, now + 1);
      const { kid } = await tokenKey(token, { label: "one" }, "ES256");
      expect(activeKey(await listKeys(storage), "ES256", now + publicationLead - 1)?.id).not.toBe(kid);
      expect(activeKey(await listKeys(storage), "ES256", now + publicationLead)?.id).toBe(kid);
      expect((await loadKeySet(storage, now)).keys.find((key) => key.kid === kid)).not.toHaveProperty("d");
      expect(await adoptTokenKeys(storage, { token, places: { ES256: { label: "two" } } }, now + 2)).toEqual(["ES256"]);
    });

    test("without the token, or with another key under its label, the bridge does not start; one that was retired is not taken up again", async () => {
      const token = await openToken(hsm);
      const storage = temporaryStorage();
      hsm.addKey("replaced");
      await adoptTokenKeys(storage, { token, places: { ES256: { label: "replaced" } } }, now);
      await expect(takeUpToken(storage, undefined, now)).rejects.toMatchObject({ problems: [expect.stringContaining("no_token: the ES256 key that signs is in a token")] });
      hsm.removeKey("replaced");
      hsm.addKey("replaced");
      const reopened = await openToken(hsm);
      await expect(takeUpToken(storage, { token: reopened, places: {} }, now)).rejects.toMatchObject({ problems: [expect.stringMatching(/^keys\.pkcs11: key_not_found/)] });
      const { kid } = await tokenKey(reopened, { label: "two" }, "ES256");
      await rotateKeys(storage, "ES256", now, await tokenKey(reopened, { label: "two" }, "ES256"));
      await retireKey(storage, kid, { reason: "test", now: now + 1 });
      await expect(adoptTokenKeys(storage, { token: reopened, places: { ES256: { label: "two" } } }, now + 2)).rejects.toMatchObject({ code: "key_retired" });
    });
  });

  describe("a bridge whose keys are in the token", () => {
    let world: World;
    let party: TestRelyingParty;
    const person = newPerson();
    const configured = { key_label: "one" };
    beforeAll(async () => {
      const pin = path.join(hsm.directory, "pin");
      writeFileSync(pin, `${hsm.pin}\n`, { mode: 0o600 });
      world = await startWorld((file) => ({ ...file, keys: { pkcs11: { module: hsm.module, token_label: hsm.label, pin_file: pin, key_label: configured.key_label, rsa_key_label: "rsa" } } }));
      party = await registerRelyingParty(world);
      const { signIn, callback } = await enrolAndSignIn(world, person, party);
      await party.finish(signIn, callback);
    });
    afterAll(() => world.close());

    const verify = (token: string) => jwtVerify(token, createRemoteJWKSet(new URL(`${world.issuer}/jwks`)), { currentDate: new Date(world.now() * 1000) });
    const kidOf = async (label: string, algorithm: "ES256" | "RS256" = "ES256"): Promise<string> => (await tokenKey(await openToken(hsm), { label }, algorithm)).kid;

    test("signs people in: jose verifies the ID token by the published key", async () => {
      const { signIn, callback } = await signInAgain(world, person, party);
      const { id_token: idToken = "" } = await party.finish(signIn, callback);
      const { protectedHeader } = await verify(idToken);
      expect(protectedHeader).toMatchObject({ alg: "ES256", kid: await kidOf("one") });
    });

    test.each([["secevent+jwt", "RS256", "rsa"], ["logout+jwt", "ES256", "one"]] as const)("signs %s tokens with %s", async (type, algorithm, label) => {
      const signer = await import("../../src/provider/event-signing.ts");
      const { loadProviderKeys } = await import("../../src/provider/signing-keys.ts");
      const sign = await signer.createEventSigner((await loadProviderKeys(world.bridge.providerPorts)).signing);
      const { protectedHeader } = await verify(await sign({ type, claims: { iss: world.issuer, jti: "1" } }, algorithm));
      expect(protectedHeader).toEqual({ alg: algorithm, kid: await kidOf(label, algorithm), typ: type });
    });

    test("the database has no private key of the provider, sealed or not", async () => {
      const { keys } = await loadKeySet(world.bridge.storage, world.now());
      expect(keys).toHaveLength(2);
      for (const key of keys) expect(Object.keys(key)).not.toEqual(expect.arrayContaining(["d"]));
    });

    test("a new label in the configuration: both are published, then the new one signs", async () => {
      const [old, next] = [await kidOf("one"), await kidOf("two")];
      configured.key_label = "two";
      await world.restart();
      const published = async (): Promise<string[]> => ((await (await fetch(`${world.issuer}/jwks`)).json()) as { keys: { kid: string; alg: string }[] }).keys.filter(({ alg }) => alg === "ES256").map(({ kid }) => kid);
      expect(await published()).toEqual([old, next]);
      world.advance(publicationLead);
      await world.restart();
      expect(await published()).toEqual([next, old]);
      const { signIn, callback } = await signInAgain(world, person, party);
      const { id_token: idToken = "" } = await party.finish(signIn, callback);
      expect(decodeProtectedHeader(idToken).kid).toBe(next);
      await verify(idToken);
    });
  });
});
