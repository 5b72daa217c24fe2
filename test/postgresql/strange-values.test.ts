import { randomBytes } from "node:crypto";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { DpopKey } from "@jpki-bridge/client-sdk";
import { ProofKey, RawParty } from "../attacks/raw-party.ts";
import { poll, TestReceiver } from "../support/signal-receiver.ts";
import { startWorld, type World } from "../support/world.ts";

/**
 * Values that SQLite takes as they come and PostgreSQL may not: numbers that are no whole ones of 64 bits, texts
 * that no index holds (2704 octets, after compression), octets that are no text. Each is refused or answered; none
 * is a failure of the server.
 */

/** Nothing makes it shorter. */
const long = randomBytes(6000).toString("base64url");
const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

let world: World;
let party: RawParty;
let withKey: RawParty;
let key: CryptoKey;
let receiver: TestReceiver;
let stream: string;
let device: DpopKey;
beforeAll(async () => {
  if (inject("postgresql").absent !== null) return;
  world = await startWorld();
  const pair = await generateKeyPair("ES256", { extractable: true });
  key = pair.privateKey;
  const jwks = { keys: [{ ...(await exportJWK(pair.publicKey)), kid: "1", use: "sig", alg: "ES256" }] };
  withKey = await RawParty.register(world, { authentication: "private_key_jwt", jwks: jwks as never });
  party = await RawParty.register(world);
  receiver = await TestReceiver.register(world);
  stream = (await receiver.stream({ delivery: { method: poll } })).stream_id;
  device = await DpopKey.generate();
});
afterAll(() => world?.close());

const seconds = (): number => Math.floor(Date.now() / 1000);
const token = (claims: object): Promise<string> => new SignJWT({ iss: withKey.clientId, sub: withKey.clientId, client_id: withKey.clientId, aud: world.issuer, jti: randomBytes(16).toString("hex"), iat: seconds(), exp: seconds() + 60, ...claims }).setProtectedHeader({ alg: "ES256", kid: "1" }).sign(key);
const assert = (claims: object) => async () => withKey.push({ client_assertion: await token(claims), client_assertion_type: assertionType }, { authorization: "" });
const requestObject = (claims: object) => async () => withKey.push({ client_assertion: await token({}), client_assertion_type: assertionType, request: await token({ ...Object.fromEntries(withKey.request()), ...claims }) }, { authorization: "" });
const proofOfParty = (claims: object) => async () => party.push({}, { dpop: await (await ProofKey.generate()).prove("POST", `${world.issuer}/par`, undefined, claims) });
const toDevice = (id: string, body: BodyInit, headers: Record<string, string> = {}) => async () => {
  const url = `${world.issuer}/enrolment/v1/transactions/${id}/claim`;
  return fetch(url, { method: "POST", body, headers: { "content-type": "application/json", dpop: await device.prove({ method: "POST", url, now: world.now() }), ...headers } });
};
const octets = Uint8Array.of(0x7b, 0x22, 0x73, 0x65, 0x63, 0x72, 0x65, 0x74, 0x22, 0x3a, 0x22, 0xff, 0xfe, 0xc0, 0x80, 0xed, 0xa0, 0x80, 0x22, 0x7d);
const form = (path: string, body: Uint8Array<ArrayBuffer>) => () => fetch(`${world.issuer}${path}`, { method: "POST", body, headers: { "content-type": "application/x-www-form-urlencoded", authorization: party.authorization } });

type Row = readonly [name: string, ask: () => Promise<{ readonly status: number }>];
const numbers: readonly (readonly [string, number])[] = [["half a second", 0.5], ["2^31", 2 ** 31], ["2^53", 2 ** 53], ["2^63", 2 ** 63], ["1e300", 1e300], ["-1e300", -1e300]];

describe("numbers", () => {
  const rows: readonly Row[] = numbers.flatMap(([name, number]): Row[] => [
    [`the end of a client's assertion, ${name} from now`, () => assert({ exp: seconds() + number })()],
    [`the beginning of one, ${name} ago`, () => assert({ iat: seconds() - number })()],
    [`the end of a request object, ${name} from now`, () => requestObject({ exp: seconds() + number })()],
    [`how old a sign-in may be, ${name}`, () => requestObject({ max_age: number })()],
    [`the time of a proof, ${name} from now`, () => proofOfParty({ iat: seconds() + number })()],
    [`events asked for, ${name}`, () => receiver.call("POST", `/ssf/poll/${stream}`, { maxEvents: number, returnImmediately: true })],
  ]);
  test.each(rows)("%s", async (_name, ask) => expect((await ask()).status).toBeLessThan(500));
});

describe("texts that no index holds", () => {
  const subject = { format: "iss_sub", iss: "https://shop.example", sub: long };
  const rows: readonly Row[] = [
    ["a client", () => party.push({ client_id: long }, { authorization: "" })],
    ["a client's assertion", () => assert({ jti: long })()],
    ["a request object", () => requestObject({ jti: long, state: long.slice(0, 4000), nonce: long.slice(0, 4000), login_hint: long })()],
    ["a proof", () => proofOfParty({ jti: long.slice(0, 6000) })()],
    ["a code", () => party.exchange(long)],
    ["a refresh token", () => party.token({ grant_type: "refresh_token", refresh_token: long })],
    ["a token that is looked at", () => party.introspect(long)],
    ["a resource", () => party.token({ grant_type: "client_credentials", resource: `https://${long.slice(0, 60)}.example/${long}` })],
    ["a subject of events", () => receiver.call("POST", "/ssf/subjects/add", { stream_id: stream, subject })],
    ["a subject of none", () => receiver.call("POST", "/ssf/subjects/remove", { stream_id: stream, subject })],
    ["what a stream is to say of itself", () => receiver.call("POST", "/ssf/verification", { stream_id: stream, state: long })],
    ["an event that was taken", () => receiver.call("POST", `/ssf/poll/${stream}`, { ack: [long], setErrs: { [long]: { err: long, description: long } }, returnImmediately: true })],
    ["a description of a stream", () => receiver.call("PATCH", "/ssf/streams", { stream_id: stream, description: long })],
    ["a device's secret", () => toDevice("A".repeat(22), JSON.stringify({ secret: long }))()],
    ["a receipt", () => receiver.call("GET", `/receipts/${long}`)],
  ];
  test.each(rows)("%s", async (_name, ask) => expect((await ask()).status).toBeLessThan(500));
});

describe("octets that are no text", () => {
  const rows: readonly Row[] = [
    ["in a device's JSON", () => toDevice("A".repeat(22), octets)()],
    ["in JSON that is said to be of another encoding", () => toDevice("A".repeat(22), octets, { "content-type": "application/json; charset=utf-16le" })()],
    ...["/token", "/par", "/introspect", "/revoke", "/device-authorization", "/backchannel-authentication"].map((path): Row => [`in a form to ${path}`, () => form(path, Uint8Array.from([...Buffer.from("client_id=a&token=a&grant_type=authorization_code&code="), 0xff, 0xc0, 0x80, 0xed, 0xa0, 0x80, 0xf4, 0x90, 0x80, 0x80]))()]),
    ["in a query", () => fetch(`${world.issuer}/authorize?client_id=%ff%c0%80%ed%a0%80&state=%f4%90%80%80`, { redirect: "manual" })],
    ["in a path", () => fetch(`${world.issuer}/enrolment/%ff%c0%80`, { redirect: "manual" })],
  ];
  test.each(rows)("%s", async (_name, ask) => expect((await ask()).status).toBeLessThan(500));
});
