import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { toBase64Url, utf8 } from "../../src/bytes.ts";
import type { ErrorCode } from "../../src/errors.ts";
import { type SoftwareAuthenticator, sha256, type Tampering } from "../passkeys/software-authenticator.ts";
import { newPerson, type Person } from "../support/journey.ts";
import type { Device, JsonAnswer, Registration } from "./device.ts";
import { enrolledPerson, expectRefused, openAtAccount, provedDevice, type Setting, startSetting } from "./setting.ts";
import { count, transactionState, unchangedBy } from "./state.ts";

let setting: Setting;
let enrolled: Person;
beforeAll(async () => {
  setting = await startSetting();
  enrolled = await enrolledPerson(setting.world, "good-card");
});
afterAll(() => setting.close());

interface Attempt {
  readonly device: Device;
  readonly authenticator: SoftwareAuthenticator;
  readonly options: unknown;
}

async function proved(): Promise<Attempt & { transaction: string }> {
  const opening = await openAtAccount(setting.world, "same");
  const { device } = await provedDevice(setting.world, opening);
  const { body } = await device.post("passkey/options");
  return { device, authenticator: newPerson().authenticator, options: body["options"], transaction: opening.transaction };
}

interface Wrong {
  readonly origin?: string;
  readonly tampering?: Tampering;
  readonly change?: (credential: Registration) => unknown;
}

const register = ({ device, authenticator, options }: Attempt, { origin = setting.world.jlis.origin, tampering = {}, change = (credential) => credential }: Wrong): Promise<JsonAnswer> =>
  device.post("passkey", { credential: change(authenticator.create(options as never, origin, tampering)) });

const withClientData = (change: object): Wrong => ({ tampering: { clientData: (data) => ({ ...data, ...change }) } });
const withFlags = (mask: number): Wrong => ({
  tampering: { authenticatorData: (bytes) => Uint8Array.from(bytes, (octet, index) => (index === 32 ? octet & mask : octet)) },
});
const takenId = (): string => toBase64Url(enrolled.authenticator.credentials[0]?.id ?? new Uint8Array());

const rows: readonly [string, () => Wrong, ErrorCode][] = [
  ["made for another origin", () => ({ origin: "https://phishing.example" }), "passkey_origin_mismatch"],
  ["made for origin null", () => ({ origin: "null" }), "passkey_origin_mismatch"],
  ["made in a frame of another site", () => withClientData({ crossOrigin: true }), "passkey_origin_mismatch"],
  ["made for another RP ID", () => ({ tampering: { authenticatorData: (bytes) => Uint8Array.from([...sha256(utf8("phishing.example")), ...bytes.slice(32)]) } }), "passkey_origin_mismatch"],
  ["without user verification", () => withFlags(~0x04), "passkey_user_verification_missing"],
  ["without user presence", () => withFlags(~0x01), "passkey_user_verification_missing"],
  ["as an assertion", () => withClientData({ type: "webauthn.get" }), "passkey_response_invalid"],
  ["with a challenge of its own", () => withClientData({ challenge: toBase64Url(new Uint8Array(32)) }), "passkey_challenge_unknown"],
  ["with the id of another person's passkey in the envelope", () => ({ change: (credential) => ({ ...credential, id: takenId(), rawId: takenId() }) }), "passkey_response_invalid"],
  ["with the id of another person's passkey throughout", () => ({
    tampering: { authenticatorData: (bytes) => Uint8Array.from([...bytes.slice(0, 55), ...(enrolled.authenticator.credentials[0]?.id ?? []), ...bytes.slice(71)]) },
    change: (credential) => ({ ...credential, id: takenId(), rawId: takenId() }),
  }), "passkey_already_registered"],
  ["without attested data", () => ({ tampering: { authenticatorData: (bytes) => Uint8Array.from(bytes.slice(0, 37), (octet, index) => (index === 32 ? octet & ~0x40 : octet)) } }), "passkey_response_invalid"],
  ["with a P-384 key", () => ({ tampering: { algorithm: -35 } }), "passkey_response_invalid"],
  ["with an attestation object of 40,000 octets", () => ({ change: (credential) => ({ ...credential, response: { ...credential.response, attestationObject: "A".repeat(44_000) } }) }), "passkey_response_invalid"],
  ["with an attestation object that is no CBOR", () => ({ change: (credential) => ({ ...credential, response: { ...credential.response, attestationObject: "____" } }) }), "passkey_response_invalid"],
  ["that is null", () => ({ change: () => null }), "invalid_request"],
  ["that is a list", () => ({ change: (credential) => [credential] }), "passkey_response_invalid"],
  ["with a response that is null", () => ({ change: (credential) => ({ ...credential, response: null }) }), "passkey_response_invalid"],
];

describe("a registration", () => {
  test.each(rows)("%s", async (_name, wrong, code) => {
    const { world } = setting;
    const attempt = await proved();
    // A challenge is used up by a wrong answer, and nothing else.
    const except = code === "invalid_request" ? [] : ["EnrolmentTransaction"];
    expectRefused(await unchangedBy(world, () => register(attempt, wrong()), except), code);
    expect(await transactionState(world, attempt.transaction)).toBe("proved");
  });

  test("after a wrong one needs a new challenge", async () => {
    const { world } = setting;
    const attempt = await proved();
    await register(attempt, { origin: "https://phishing.example" });
    expectRefused(await unchangedBy(world, () => register(attempt, {})), "passkey_challenge_unknown");
    expect((await attempt.device.makePasskey(attempt.authenticator)).status).toBe(200);
  });

  test("posted twenty times at once makes one passkey", async () => {
    const { world } = setting;
    const { device, authenticator, options } = await proved();
    const credential = authenticator.create(options as never, world.jlis.origin);
    const before = await count(world, "passkey");
    const answers = await Promise.all(Array.from({ length: 20 }, () => device.post("passkey", { credential })));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    for (const answer of answers.filter(({ status }) => status !== 200)) expectRefused(answer, "passkey_challenge_unknown");
    expect(await count(world, "passkey")).toBe(before + 1);
  });

  test("with many challenges at once makes one passkey at most", async () => {
    const { world } = setting;
    const { device, authenticator } = await proved();
    const before = await count(world, "passkey");
    const answers = await Promise.all(Array.from({ length: 10 }, () => device.makePasskey(authenticator)));
    const made = answers.filter(({ status }) => status === 200).length;
    expect(made).toBeLessThanOrEqual(1);
    expect(await count(world, "passkey")).toBe(before + made);
  });

  test("by another device, with the right challenge", async () => {
    const { world } = setting;
    const { device, authenticator, options } = await proved();
    const stranger = await device.stranger();
    expectRefused(await unchangedBy(world, () => register({ device: stranger, authenticator, options }, {})), "device_key_mismatch");
  });

  test("of a passkey that another transaction of the same person made", async () => {
    const { world } = setting;
    const first = await proved();
    const second = await proved();
    const credential = first.authenticator.create(first.options as never, world.jlis.origin);
    expectRefused(await unchangedBy(world, () => second.device.post("passkey", { credential }), ["EnrolmentTransaction"]), "passkey_challenge_unknown");
    expect((await first.device.post("passkey", { credential })).status).toBe(200);
  });
});
