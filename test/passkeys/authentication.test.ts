import { describe, expect, test } from "vitest";
import { toBase64Url } from "../../src/bytes.ts";
import { credentialIdOf, requestOptions, verifyAuthentication } from "../../src/passkeys/index.ts";
import type { AuthenticationResponseJSON } from "@simplewebauthn/server";
import { flipped, origin, origins, outcome, register, registered, rpId, signIn, userHandle } from "./ceremonies.ts";
import type { AssertionAttack } from "./ceremonies.ts";
import { junk } from "./junk.ts";
import { cbor, sha256 } from "./software-authenticator.ts";
import type { AuthenticatorSettings } from "./software-authenticator.ts";

test("the options ask for user verification, and for any passkey unless some are named", () => {
  expect(requestOptions({ rpId })).toMatchObject({ rpId, userVerification: "required", allowCredentials: [] });
  expect(requestOptions({ rpId, allow: ["AAAA"] }).allowCredentials).toEqual([{ id: "AAAA", type: "public-key" }]);
  expect(requestOptions({ rpId, challenge: "Y2g" }).challenge).toBe("Y2g");
  expect(requestOptions({ rpId }).challenge).not.toBe(requestOptions({ rpId }).challenge);
});

const honest: [string, Partial<AuthenticatorSettings>, object][] = [
  ["ES256, synced", {}, { counter: 0, backedUp: true, backupEligible: true }],
  ["ES256, device-bound", { backupEligible: false, backedUp: false }, { backedUp: false, backupEligible: false }],
  ["ES256, counting", { counterStep: 1 }, { counter: 2 }],
  ["Ed25519", { algorithm: -8 }, { userVerified: true }],
  ["RS256", { algorithm: -257 }, { userVerified: true }],
];
test.each(honest)("a passkey signs in: %s", async (_name, settings, expected) => {
  const { authenticator, passkey } = await registered(settings);
  expect(await signIn(authenticator, passkey)).toMatchObject({ valid: true, value: { userVerified: true, ...expected } });
});

test("the second of two allowed origins may sign in, and a passkey may lose its backup", async () => {
  const { authenticator, passkey } = await registered();
  authenticator.settings = { ...authenticator.settings, backedUp: false };
  const options = requestOptions({ rpId });
  const verdict = await verifyAuthentication({ response: authenticator.get(options, "https://www.id.example"), challenge: options.challenge, origins, rpId, passkey });
  expect(verdict).toMatchObject({ valid: true, value: { backedUp: false, backupEligible: true } });
});

const flagsAt = 32;
const setFlags = (set: number, cleared: number) => ({
  authenticatorData: (bytes: Uint8Array<ArrayBuffer>) => {
    bytes[flagsAt] = ((bytes[flagsAt] ?? 0) & ~cleared) | set;
    return bytes;
  },
});
const inResponse = (change: (response: AuthenticationResponseJSON["response"]) => object) => (sent: AuthenticationResponseJSON) => ({
  ...sent,
  response: { ...sent.response, ...change(sent.response) },
});

const attacks: [string, AssertionAttack, string][] = [
  ["a registration instead of an assertion", { tampering: { clientData: (data) => ({ ...data, type: "webauthn.create" }) } }, "passkey_response_invalid clientData.type"],
  ["a payment", { tampering: { clientData: (data) => ({ ...data, type: "payment.get" }) } }, "passkey_response_invalid clientData.type"],
  ["another challenge", { tampering: { clientData: (data) => ({ ...data, challenge: toBase64Url(new Uint8Array(32)) }) } }, "passkey_challenge_unknown clientData.challenge"],
  ["the challenge with padding", { tampering: { clientData: (data) => ({ ...data, challenge: `${String(data["challenge"])}=` }) } }, "passkey_challenge_unknown clientData.challenge"],
  ["another origin", { tampering: { clientData: (data) => ({ ...data, origin: "https://evil.example" }) } }, "passkey_origin_mismatch clientData.origin"],
  ["a subdomain", { tampering: { clientData: (data) => ({ ...data, origin: "https://evil.id.example" }) } }, "passkey_origin_mismatch clientData.origin"],
  ["the null origin", { tampering: { clientData: (data) => ({ ...data, origin: "null" }) } }, "passkey_origin_mismatch clientData.origin"],
  ["a frame in another site", { tampering: { clientData: (data) => ({ ...data, crossOrigin: true }) } }, "passkey_origin_mismatch clientData.crossOrigin"],
  ["a frame that calls itself something else", { tampering: { clientData: (data) => ({ ...data, crossOrigin: "false" }) } }, "passkey_origin_mismatch clientData.crossOrigin"],
  ["a top origin", { tampering: { clientData: (data) => ({ ...data, topOrigin: "https://evil.example" }) } }, "passkey_origin_mismatch clientData.topOrigin"],
  ["another RP ID", { tampering: { authenticatorData: (bytes) => { bytes.set(sha256(new TextEncoder().encode("evil.example"))); return bytes; } } }, "passkey_origin_mismatch authenticatorData.rpIdHash"],
  ["no user presence", { tampering: setFlags(0, 0x01) }, "passkey_user_verification_missing authenticatorData.flags.up"],
  ["no user verification", { tampering: setFlags(0, 0x04) }, "passkey_user_verification_missing authenticatorData.flags.uv"],
  ["backed up though not eligible", { tampering: setFlags(0x10, 0x08) }, "passkey_response_invalid authenticatorData.flags.bs"],
  ["no longer backup eligible", { tampering: setFlags(0, 0x18) }, "passkey_response_invalid authenticatorData.flags.be"],
  ["suddenly backup eligible", { passkey: (stored) => ({ ...stored, backupEligible: false }) }, "passkey_response_invalid authenticatorData.flags.be"],
  ["truncated authenticator data", { tampering: { authenticatorData: (bytes) => bytes.slice(0, 36) } }, "passkey_response_invalid authenticatorData"],
  ["an octet too many", { tampering: { authenticatorData: (bytes) => Uint8Array.from([...bytes, 0]) } }, "passkey_response_invalid authenticatorData"],
  ["authenticator data of 5 KiB", { tampering: { authenticatorData: (bytes) => Uint8Array.from([...bytes, ...new Uint8Array(5000)]) } }, "passkey_response_invalid authenticatorData"],
  ["a changed signature", { altered: inResponse(({ signature }) => ({ signature: flipped(signature) })) }, "passkey_response_invalid signature"],
  ["no signature", { altered: inResponse(() => ({ signature: "" })) }, "passkey_response_invalid signature"],
  ["a signature of 2 KiB", { altered: inResponse(() => ({ signature: toBase64Url(new Uint8Array(2048)) })) }, "passkey_response_invalid signature"],
  ["an ECDSA signature of zeros", { altered: inResponse(() => ({ signature: toBase64Url(Uint8Array.of(0x30, 6, 2, 1, 0, 2, 1, 0)) })) }, "passkey_response_invalid signature"],
  ["flags raised after signing", { tampering: setFlags(0, 0x10), altered: inResponse(({ authenticatorData }) => ({ authenticatorData: withFlags(authenticatorData, 0x10) })) }, "passkey_response_invalid signature"],
  ["a counter raised after signing", { altered: inResponse(({ authenticatorData }) => ({ authenticatorData: flipped(authenticatorData) })) }, "passkey_response_invalid signature"],
  ["client data written anew after signing", { altered: inResponse(({ clientDataJSON }) => ({ clientDataJSON: toBase64Url(Buffer.from(`${Buffer.from(clientDataJSON, "base64url").toString()} `)) })) }, "passkey_response_invalid signature"],
  ["another key", { passkey: (stored) => ({ ...stored, publicKey: otherKey }) }, "passkey_response_invalid signature"],
  ["a stored key that is no key", { passkey: (stored) => ({ ...stored, publicKey: Uint8Array.of(0xa0) }) }, "passkey_response_invalid signature"],
  ["another credential", { passkey: (stored) => ({ ...stored, credentialId: "AAAA" }) }, "passkey_unknown credential.id"],
  ["a credential the options did not allow", { allow: ["AAAA"] }, "passkey_unknown credential.id"],
  ["the user handle of another person", { passkey: (stored) => ({ ...stored, userHandle: userHandle.toReversed() }) }, "passkey_of_another_person userHandle"],
  ["a user handle changed on the way", { altered: inResponse(({ userHandle: handle }) => ({ userHandle: flipped(handle ?? "") })) }, "passkey_of_another_person userHandle"],
  ["an empty user handle", { altered: inResponse(() => ({ userHandle: "" })) }, "passkey_of_another_person userHandle"],
  ["no user handle, nobody identified", { altered: inResponse(() => ({ userHandle: undefined })) }, "passkey_response_invalid userHandle"],
  ["a user handle of 65 octets", { altered: inResponse(() => ({ userHandle: toBase64Url(new Uint8Array(65)) })) }, "passkey_response_invalid userHandle"],
];

const { publicKey: otherKey } = (await registered()).passkey;
const fixture = await registered();

function counterOf(value: number) {
  return { authenticatorData: (bytes: Uint8Array<ArrayBuffer>) => { new DataView(bytes.buffer).setUint32(33, value); return bytes; } };
}
function withFlags(authenticatorData: string, set: number): string {
  const bytes = Buffer.from(authenticatorData, "base64url");
  bytes[flagsAt] = (bytes[flagsAt] ?? 0) | set;
  return bytes.toString("base64url");
}

test.each(attacks)("%s is refused", async (_name, attack, expected) => {
  expect(outcome(await signIn(fixture.authenticator, fixture.passkey, attack))).toBe(expected);
});

const copies: [string, AssertionAttack, string][] = [
  ["a counter that stands still", { passkey: (stored) => ({ ...stored, counter: 5 }), tampering: counterOf(5) }, "passkey_counter_regressed authenticatorData.signCount"],
  ["a counter that goes back", { passkey: (stored) => ({ ...stored, counter: 5 }), tampering: counterOf(4) }, "passkey_counter_regressed authenticatorData.signCount"],
  ["a counter that falls to zero", { passkey: (stored) => ({ ...stored, counter: 5 }) }, "passkey_counter_regressed authenticatorData.signCount"],
];
test.each(copies)("%s is refused from a passkey bound to one device, not from a synced one", async (_name, attack, expected) => {
  const bound = await registered({ backupEligible: false, backedUp: false });
  expect(outcome(await signIn(bound.authenticator, bound.passkey, attack))).toBe(expected);
  expect(outcome(await signIn(fixture.authenticator, fixture.passkey, attack))).toBe("accepted");
});

const variations: [string, AssertionAttack][] = [
  ["a counter that moves on", { passkey: (stored) => ({ ...stored, counter: 5 }), tampering: counterOf(6) }],
  ["a counter that starts", { tampering: counterOf(0xffffffff) }],
  ["no user handle where the options named the passkey", { allow: [fixture.passkey.credentialId], altered: inResponse(() => ({ userHandle: undefined })) }],
  ["a user handle of null where the options named the passkey", { allow: [fixture.passkey.credentialId], altered: inResponse(() => ({ userHandle: null })) }],
  ["client data without a frame member", { tampering: { clientData: (data) => ({ ...data, crossOrigin: undefined }) } }],
  ["client data with members yet unknown", { tampering: { clientData: (data) => ({ ...data, other_keys_can_be_added_here: "yes" }) } }],
];
test.each(variations)("%s is accepted", async (_name, attack) => {
  expect(outcome(await signIn(fixture.authenticator, fixture.passkey, attack))).toBe("accepted");
});

test("an assertion by another person's passkey does not pass for this one, whatever id it is sent under", async () => {
  const other = await registered();
  const options = requestOptions({ rpId });
  const sent = other.authenticator.get(options, origin);
  const under = { ...sent, id: fixture.passkey.credentialId, rawId: fixture.passkey.credentialId };
  const check = (response: unknown) => verifyAuthentication({ response, challenge: options.challenge, origins, rpId, passkey: fixture.passkey });
  expect(outcome(await check(sent))).toBe("passkey_unknown credential.id");
  expect(outcome(await check(under))).toBe("passkey_response_invalid signature");
});

test("a key of another kind than the signature is refused", async () => {
  const { authenticator, passkey } = await registered({ algorithm: -8 });
  expect(outcome(await signIn(authenticator, passkey, { passkey: (stored) => ({ ...stored, publicKey: otherKey }) }))).toBe("passkey_response_invalid signature");
});

const ones = (octets: number): Uint8Array => new Uint8Array(octets).fill(0xff);
const rsaKeys: readonly (readonly [string, modulus: number, exponent: Uint8Array, isAccepted: boolean])[] = [
  ["1,024 bits", 128, Uint8Array.of(1, 0, 1), false],
  ["8,192 bits", 1024, Uint8Array.of(1, 0, 1), true],
  ["8,200 bits", 1025, Uint8Array.of(1, 0, 1), false],
  ["an exponent of four octets", 256, ones(4), true],
  ["an exponent of five octets", 256, ones(5), false],
  ["an exponent as long as its modulus", 256, ones(256), false],
];
test.each(rsaKeys)("an RSA key of %s", async (_name, modulus, exponent, isAccepted) => {
  const key = cbor(new Map<number, unknown>([[1, 3], [3, -257], [-1, ones(modulus)], [-2, exponent]]));
  const headerLength = 37 + 16 + 2 + 16;
  const { verdict } = await register({}, { tampering: { authenticatorData: (bytes) => Uint8Array.from([...bytes.slice(0, headerLength), ...key]) } });
  expect(outcome(verdict)).toBe(isAccepted ? "accepted" : "passkey_response_invalid authenticatorData.credentialPublicKey");
});

describe.each(junk)("%s", (_name, value) => {
  const refused = async (attack: AssertionAttack) => (await signIn(fixture.authenticator, fixture.passkey, attack)).valid;
  test("as the whole response is refused", async () => {
    expect(await refused({ altered: () => value })).toBe(false);
    expect(credentialIdOf(value).valid).toBe(false);
  });
  test.each(["id", "rawId", "type", "response"])("as %s is refused", async (member) => {
    expect(await refused({ altered: (sent) => ({ ...sent, [member]: value }) })).toBe(false);
  });
  test.each(["clientDataJSON", "authenticatorData", "signature", "userHandle"])("as response.%s is refused", async (member) => {
    expect(await refused({ altered: inResponse(() => ({ [member]: value })) })).toBe(false);
  });
});
