import { describe, expect, test } from "vitest";
import { toBase64Url } from "../../src/bytes.ts";
import { creationOptions, verifyRegistration } from "../../src/passkeys/index.ts";
import { creation, flipped, origin, origins, outcome, register, rpId, userHandle } from "./ceremonies.ts";
import { junk } from "./junk.ts";
import { cbor, sha256, SoftwareAuthenticator } from "./software-authenticator.ts";
import type { AuthenticatorSettings, Tampering } from "./software-authenticator.ts";

const flagsAt = 32;
const credentialIdAt = 32 + 1 + 4 + 16 + 2;
const withByte = (at: number, change: (byte: number) => number) => (bytes: Uint8Array<ArrayBuffer>) => {
  bytes[at] = change(bytes[at] ?? 0);
  return bytes;
};

test("the options ask for a discoverable passkey with user verification and its attestation", () => {
  const options = creationOptions({ rp: { id: rpId, name: "ID" }, user: { handle: userHandle, name: "n", displayName: "d" }, exclude: ["AAAA"] });
  expect(options).toMatchObject({
    rp: { id: rpId, name: "ID" },
    user: { id: toBase64Url(userHandle), name: "n", displayName: "d" },
    authenticatorSelection: { residentKey: "required", userVerification: "required" },
    attestation: "direct",
    excludeCredentials: [{ id: "AAAA", type: "public-key" }],
  });
  expect(options.pubKeyCredParams.map(({ alg }) => alg)).toEqual([-7, -8, -257]);
  expect(Buffer.from(options.challenge, "base64url")).toHaveLength(32);
  expect(creation().challenge).not.toBe(options.challenge);
  expect(creationOptions({ rp: { id: rpId, name: "ID" }, user: { handle: userHandle, name: "n", displayName: "d" }, exclude: [], challenge: "Y2g" }).challenge).toBe("Y2g");
});

const honest: [string, Partial<AuthenticatorSettings>, object][] = [
  ["a synced passkey", {}, { attestation: "none", backupEligible: true, backedUp: true, aaguid: "00000000-0000-0000-0000-000000000000" }],
  ["a syncable passkey, not synced yet", { backedUp: false }, { backupEligible: true, backedUp: false }],
  ["a device-bound passkey", { backupEligible: false, backedUp: false }, { backupEligible: false, backedUp: false, attestation: "none" }],
  ["self attestation", { attestation: "packed-self" }, { attestation: "self" }],
  ["Ed25519", { algorithm: -8 }, { attestation: "none" }],
  ["Ed25519 with self attestation", { algorithm: -8, attestation: "packed-self" }, { attestation: "self" }],
  ["RS256", { algorithm: -257 }, { attestation: "none" }],
  ["RS256 with self attestation", { algorithm: -257, attestation: "packed-self" }, { attestation: "self" }],
  ["a named model", { aaguid: Uint8Array.from({ length: 16 }, () => 0xab) }, { aaguid: "abababab-abab-abab-abab-abababababab" }],
  ["an authenticator that counts", { counterStep: 7 }, { counter: 7 }],
];
test.each(honest)("%s is registered", async (_name, settings, expected) => {
  const { verdict, authenticator } = await register(settings);
  expect(verdict).toMatchObject({ valid: true, value: { userVerified: true, transports: ["hybrid", "internal"], ...expected } });
  expect(verdict.valid && verdict.value.credentialId).toBe(toBase64Url(authenticator.credentials[0]?.id ?? new Uint8Array()));
});

const signedAttacks: [string, Partial<AuthenticatorSettings>, Tampering, string][] = [
  ["an assertion instead of a registration", {}, { clientData: (data) => ({ ...data, type: "webauthn.get" }) }, "passkey_response_invalid clientData.type"],
  ["no type", {}, { clientData: (data) => ({ ...data, type: undefined }) }, "passkey_response_invalid clientData.type"],
  ["another challenge", {}, { clientData: (data) => ({ ...data, challenge: toBase64Url(new Uint8Array(32)) }) }, "passkey_challenge_unknown clientData.challenge"],
  ["no challenge", {}, { clientData: (data) => ({ ...data, challenge: undefined }) }, "passkey_challenge_unknown clientData.challenge"],
  ["another origin", {}, { clientData: (data) => ({ ...data, origin: "https://id.example.evil" }) }, "passkey_origin_mismatch clientData.origin"],
  ["another port", {}, { clientData: (data) => ({ ...data, origin: `${origin}:8443` }) }, "passkey_origin_mismatch clientData.origin"],
  ["plain http", {}, { clientData: (data) => ({ ...data, origin: "http://id.example" }) }, "passkey_origin_mismatch clientData.origin"],
  ["an origin with a trailing slash", {}, { clientData: (data) => ({ ...data, origin: `${origin}/` }) }, "passkey_origin_mismatch clientData.origin"],
  ["a list of origins", {}, { clientData: (data) => ({ ...data, origin: [origin] }) }, "passkey_origin_mismatch clientData.origin"],
  ["a frame in another site", {}, { clientData: (data) => ({ ...data, crossOrigin: true, topOrigin: "https://evil.example" }) }, "passkey_origin_mismatch clientData.crossOrigin"],
  ["a frame that keeps its top origin to itself", {}, { clientData: (data) => ({ ...data, crossOrigin: true }) }, "passkey_origin_mismatch clientData.crossOrigin"],
  ["a top origin without a frame", {}, { clientData: (data) => ({ ...data, topOrigin: origin }) }, "passkey_origin_mismatch clientData.topOrigin"],
  ["client data that is a list", {}, { clientData: (data) => [data] }, "passkey_response_invalid clientDataJSON"],
  ["client data of 5 KiB", {}, { clientData: (data) => ({ ...data, more: "x".repeat(5000) }) }, "passkey_response_invalid clientDataJSON"],
  ["another RP ID", {}, { authenticatorData: (bytes) => { bytes.set(sha256(new TextEncoder().encode("evil.example"))); return bytes; } }, "passkey_origin_mismatch authenticatorData.rpIdHash"],
  ["no user presence", { userPresent: false }, {}, "passkey_user_verification_missing authenticatorData.flags.up"],
  ["no user verification", { userVerified: false }, {}, "passkey_user_verification_missing authenticatorData.flags.uv"],
  ["backed up though it cannot be", { backupEligible: false, backedUp: true }, {}, "passkey_response_invalid authenticatorData.flags.bs"],
  ["no credential", {}, { authenticatorData: (bytes) => withByte(flagsAt, (flags) => flags & ~0x40)(bytes.slice(0, 37)) }, "passkey_response_invalid authenticatorData.attestedCredentialData"],
  ["another credential id inside", {}, { authenticatorData: withByte(credentialIdAt, (byte) => byte ^ 1) }, "passkey_response_invalid authenticatorData.credentialId"],
  ["truncated authenticator data", {}, { authenticatorData: (bytes) => bytes.slice(0, 36) }, "passkey_response_invalid authenticatorData"],
  ["a truncated public key", {}, { authenticatorData: (bytes) => bytes.slice(0, -1) }, "passkey_response_invalid authenticatorData.credentialPublicKey"],
  ["an octet after the public key", {}, { authenticatorData: (bytes) => Uint8Array.from([...bytes, 0]) }, "passkey_response_invalid authenticatorData"],
  ["extensions announced and missing", {}, { authenticatorData: withByte(flagsAt, (flags) => flags | 0x80) }, "passkey_response_invalid authenticatorData"],
  ["a point off the curve", {}, { authenticatorData: (bytes) => withByte(bytes.length - 1, (byte) => byte ^ 1)(bytes) }, "passkey_response_invalid authenticatorData.credentialPublicKey"],
  ["an algorithm that was not offered", {}, { algorithm: -35 }, "passkey_response_invalid authenticatorData.credentialPublicKey"],
  ["the same with self attestation", { attestation: "packed-self" }, { algorithm: -35 }, "passkey_response_invalid authenticatorData.credentialPublicKey"],
  ["a statement under the name of none", {}, { attestationObject: (object) => object.set("attStmt", new Map([["alg", -7]])) }, "passkey_response_invalid attStmt"],
  ["a packed statement without a signature", {}, { attestationObject: (object) => object.set("fmt", "packed") }, "passkey_response_invalid attStmt"],
  ["a tpm statement without content", {}, { attestationObject: (object) => object.set("fmt", "tpm") }, "passkey_response_invalid attStmt"],
  ["an apple statement without content", {}, { attestationObject: (object) => object.set("fmt", "apple") }, "passkey_response_invalid attStmt"],
  ["a format that is a number", {}, { attestationObject: (object) => object.set("fmt", 7) }, "passkey_response_invalid attestationObject"],
  ["a statement that is a list", {}, { attestationObject: (object) => object.set("attStmt", []) }, "passkey_response_invalid attestationObject"],
  ["authenticator data that is text", {}, { attestationObject: (object) => object.set("authData", "text") }, "passkey_response_invalid attestationObject"],
  ["an attestation object that is a list", {}, { attestationObject: (object) => [...object.values()] }, "passkey_response_invalid attestationObject"],
  ["an attestation object of 40 KiB", {}, { attestationObject: (object) => object.set("more", new Uint8Array(40_000)) }, "passkey_response_invalid attestationObject"],
];
test.each(signedAttacks)("%s is refused", async (_name, settings, tampering, expected) => {
  expect(outcome((await register(settings, { tampering })).verdict)).toBe(expected);
});

test.each(["android-key", "android-safetynet", "fido-u2f", "compound", "__proto__"])("a statement of format %s is not looked at and counts for nothing", async (format) => {
  const statement = new Map<string, unknown>([["x5c", [Uint8Array.of(0x30, 0)]], ["sig", Uint8Array.of(1)], ["alg", -7]]);
  const { verdict } = await register({}, { tampering: { attestationObject: (object) => object.set("fmt", format).set("attStmt", statement) } });
  expect(verdict).toMatchObject({ valid: true, value: { attestation: "none" } });
});

test("a self attestation whose signature was changed is refused", async () => {
  const { verdict } = await register({ attestation: "packed-self" }, {
    tampering: { attestationObject: (object) => {
      const statement = object.get("attStmt");
      const sig: unknown = statement instanceof Map ? statement.get("sig") : undefined;
      if (sig instanceof Uint8Array) sig[sig.length - 1] = (sig.at(-1) ?? 0) ^ 1;
      return object;
    } },
  });
  expect(outcome(verdict)).toBe("passkey_response_invalid attStmt");
});

test.each([
  ["the credential id changed on the way", (sent) => ({ ...sent, id: flipped(sent.id), rawId: flipped(sent.id) }), "passkey_response_invalid authenticatorData.credentialId"],
  ["two different ids", (sent) => ({ ...sent, rawId: flipped(sent.id) }), "passkey_response_invalid credential.id"],
  ["an id of 1024 octets", (sent) => ({ ...sent, id: toBase64Url(new Uint8Array(1024)), rawId: toBase64Url(new Uint8Array(1024)) }), "passkey_response_invalid credential.id"],
  ["another credential type", (sent) => ({ ...sent, type: "password" }), "passkey_response_invalid credential.type"],
  ["an attestation object cut short", (sent) => ({ ...sent, response: { ...sent.response, attestationObject: sent.response.attestationObject.slice(0, 60) } }), "passkey_response_invalid authenticatorData"],
] satisfies [string, (sent: ReturnType<SoftwareAuthenticator["create"]>) => unknown, string][])("%s is refused", async (_name, altered, expected) => {
  expect(outcome((await register({}, { altered })).verdict)).toBe(expected);
});

test.each([
  [undefined, []],
  ["usb", []],
  [["usb", "nfc", "teleport", 7, null, "usb"], ["nfc", "usb"]],
])("of the transports %j those with a name in the specification are kept", async (sent, kept) => {
  const { verdict } = await register({}, { altered: (response) => ({ ...response, response: { ...response.response, transports: sent } }) });
  expect(verdict).toMatchObject({ valid: true, value: { transports: kept } });
});

describe.each(junk)("%s", (_name, value) => {
  const check = async (response: unknown) => (await verifyRegistration({ response, challenge: "Y2hhbGxlbmdl", origins, rpId })).valid;
  test("as the whole response is refused", async () => expect(await check(value)).toBe(false));
  test.each(["id", "rawId", "type", "response"])("as %s is refused", async (member) => {
    expect((await register({}, { altered: (sent) => ({ ...sent, [member]: value }) })).verdict.valid).toBe(false);
  });
  test.each(["clientDataJSON", "attestationObject"])("as response.%s is refused", async (member) => {
    const altered = (sent: ReturnType<SoftwareAuthenticator["create"]>) => ({ ...sent, response: { ...sent.response, [member]: value } });
    expect((await register({}, { altered })).verdict.valid).toBe(false);
  });
  test("as the attestation object's CBOR is refused", async () => {
    const bytes = typeof value === "string" ? Buffer.from(value, "base64url") : cbor(value === undefined || typeof value === "object" ? null : value);
    const altered = (sent: ReturnType<SoftwareAuthenticator["create"]>) => ({ ...sent, response: { ...sent.response, attestationObject: toBase64Url(bytes) } });
    expect((await register({}, { altered })).verdict.valid).toBe(false);
  });
});
