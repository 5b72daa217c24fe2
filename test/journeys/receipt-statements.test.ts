import { type ReceiptKeySet, type ReceiptStatement, verifyReceiptStatement } from "@jpki-bridge/client-sdk/receipts";
import Database from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { fromBase64Url, toBase64Url } from "../../src/bytes.ts";
import { rotateReceiptKey } from "../../src/storage/index.ts";
import { personWith, ProofKey, RawParty } from "../attacks/raw-party.ts";
import { startWorld, type World } from "../support/world.ts";

/** A relying party keeps proof of what it was told, and checks it with nothing of the bridge but its public keys. */

let world: World;
let party: RawParty;
let other: RawParty;
let idToken: Readonly<Record<string, unknown>>;
beforeAll(async () => {
  world = await startWorld();
  [party, other] = [await RawParty.register(world), await RawParty.register(world)];
  const person = await personWith(world, party);
  const { body } = await party.exchange(await party.code(person.browser));
  idToken = claimsIn(String(body["id_token"]));
});
afterAll(() => world.close());

const claimsIn = (token: string): Readonly<Record<string, unknown>> => JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as Readonly<Record<string, unknown>>;

const ownToken = async (whose: RawParty, change: Readonly<Record<string, string>> = {}): Promise<string> =>
  String((await whose.token({ grant_type: "client_credentials", scope: "receipts.read", ...change })).body["access_token"]);

async function ask(id: unknown, authorization: string): Promise<{ status: number; text: string; headers: Headers }> {
  const response = await fetch(`${world.issuer}/receipts/${String(id)}`, { headers: { authorization } });
  return { status: response.status, text: await response.text(), headers: response.headers };
}

async function published(): Promise<ReceiptKeySet> {
  const metadata = (await (await fetch(`${world.issuer}/.well-known/openid-configuration`)).json()) as Readonly<Record<string, string>>;
  expect(metadata["assurance_receipts_endpoint"]).toBe(`${world.issuer}/receipts`);
  return (await (await fetch(metadata["assurance_receipt_keys_uri"] ?? "")).json()) as ReceiptKeySet;
}

async function verified(token: string): Promise<ReceiptStatement> {
  const verdict = await verifyReceiptStatement(token, { issuer: world.issuer, audience: party.clientId, keys: await published() });
  if (!verdict.valid) throw new Error(verdict.reason);
  return verdict.statement;
}

describe("the statement about an assertion", () => {
  test("says what the ID token said, and names the record in the log", async () => {
    const { status, text, headers } = await ask(idToken["assurance_receipt"], `Bearer ${await ownToken(party)}`);
    expect([status, headers.get("content-type"), headers.get("cache-control")]).toEqual([200, "application/jwt", "no-store"]);
    const { ial, aal, fal, acr, amr, auth_time } = idToken;
    const statement = await verified(text);
    expect(statement).toMatchObject({ receipt: idToken["assurance_receipt"], subject: idToken["sub"], asserted: { ial, aal, fal, acr, amr, auth_time }, assurance: idToken["assurance"] });
    const record = await world.bridge.storage.read.receipt.findUnique({ where: { id: statement.receipt } });
    expect(statement.receiptHash).toBe(toBase64Url(record?.hash ?? new Uint8Array()));
    // The answer by which the certificate was good then.
    expect(statement.statusAnswerSha256).toMatch(/^[0-9a-f]{64}$/);
    expect(await world.bridge.storage.read.statusAnswer.count({ where: { digest: statement.statusAnswerSha256 ?? "" } })).toBe(1);
    expect((claimsIn(text) as { aud: unknown }).aud).toBe(party.clientId);
  });

  test("tells no id of the bridge's own", async () => {
    const { text } = await ask(idToken["assurance_receipt"], `Bearer ${await ownToken(party)}`);
    const { read } = world.bridge.storage;
    const ids = [...(await read.person.findMany()), ...(await read.evidence.findMany()), ...(await read.passkey.findMany())].map(({ id }) => id);
    expect(ids.length).toBeGreaterThan(2);
    for (const id of ids) expect(JSON.stringify(claimsIn(text))).not.toContain(id);
  });

  test("is checked after the key was changed, too, and then signed by the new one", async () => {
    const authorization = `Bearer ${await ownToken(party)}`;
    const before = (await ask(idToken["assurance_receipt"], authorization)).text;
    const key = await rotateReceiptKey(world.bridge.storage, world.now());
    const after = (await ask(idToken["assurance_receipt"], authorization)).text;
    expect((await verified(before)).receiptHash).toBe((await verified(after)).receiptHash);
    const [header = ""] = after.split(".");
    expect(JSON.parse(new TextDecoder().decode(fromBase64Url(header) ?? new Uint8Array()))).toEqual({ alg: "ES256", kid: key, typ: "assurance-receipt+jwt" });
  });
});

test("a token that is bound to a key counts with its proof alone", async () => {
  const [bound, key] = [await RawParty.register(world, { dpopBound: true }), await ProofKey.generate()];
  const person = await personWith(world, bound, "next-generation");
  const prove = (method: string, path: string, token?: string): Promise<string> => key.prove(method, `${world.issuer}${path}`, token);
  const { body } = await bound.exchange(await bound.code(person.browser), {}, { dpop: await prove("POST", "/token") });
  const path = `/receipts/${String(claimsIn(String(body["id_token"]))["assurance_receipt"])}`;
  const token = String((await bound.token({ grant_type: "client_credentials", scope: "receipts.read" }, { dpop: await prove("POST", "/token") })).body["access_token"]);
  const proof = await prove("GET", path, token);
  const status = async (headers: Readonly<Record<string, string>>): Promise<number> => (await fetch(`${world.issuer}${path}`, { headers })).status;
  expect([
    await status({ authorization: `Bearer ${token}` }), await status({ authorization: `DPoP ${token}` }),
    await status({ authorization: `DPoP ${token}`, dpop: proof }), await status({ authorization: `DPoP ${token}`, dpop: proof }),
  ]).toEqual([401, 401, 200, 401]);
});

test("a first token at a service leaves a receipt that is found, though a second passes while it is made", async () => {
  const service = await RawParty.register(world);
  const person = await personWith(world, service, "good-card");
  const { storage } = world.bridge;
  const record = storage.recordReceipt;
  vi.spyOn(storage, "recordReceipt").mockImplementation((receipt) => {
    world.advance(1);
    return record(receipt);
  });
  const { body } = await service.exchange(await service.code(person.browser)).finally(() => vi.restoreAllMocks());
  expect((await ask(claimsIn(String(body["id_token"]))["assurance_receipt"], `Bearer ${await ownToken(service)}`)).status).toBe(200);
});

describe("refused", () => {
  const rows: [name: string, id: () => unknown, authorization: () => Promise<string>, status: number, error: string][] = [
    ["nobody asks", () => idToken["assurance_receipt"], async () => "", 401, "invalid_token"],
    ["a token nobody gave", () => idToken["assurance_receipt"], async () => "Bearer x", 401, "invalid_token"],
    ["a token for streams", () => idToken["assurance_receipt"], async () => `Bearer ${await ownToken(party, { scope: "ssf.read" })}`, 401, "invalid_token"],
    ["a bearer token as DPoP", () => idToken["assurance_receipt"], async () => `DPoP ${await ownToken(party)}`, 401, "invalid_token"],
    ["a token for receipts without the scope", () => idToken["assurance_receipt"], async () => `Bearer ${await ownToken(party, { scope: "", resource: `${world.issuer}/receipts` })}`, 403, "insufficient_scope"],
    ["another relying party's receipt", () => idToken["assurance_receipt"], async () => `Bearer ${await ownToken(other)}`, 404, "not_found"],
    ["a receipt that there is not", () => "AAAAAAAAAAAAAAAAAAAAAA", async () => `Bearer ${await ownToken(party)}`, 404, "not_found"],
    ["an id of a strange form", () => "%00", async () => `Bearer ${await ownToken(party)}`, 404, "not_found"],
    ["a receipt of another kind", async () => (await world.bridge.storage.read.receipt.findFirst({ where: { kind: "passkey_bound" } }))?.id, async () => `Bearer ${await ownToken(party)}`, 404, "not_found"],
  ];
  test.each(rows)("%s", async (_name, id, authorization, status, error) => {
    const reply = await ask(await id(), await authorization());
    expect([reply.status, JSON.parse(reply.text)]).toEqual([status, { error }]);
    if (status < 404) expect(reply.headers.get("www-authenticate")).toBe(`Bearer error="${error}"`);
  });

  test("a record that was changed is not signed anew", async () => {
    const { storage } = world.bridge;
    const id = String(idToken["assurance_receipt"]);
    const row = await storage.read.receipt.findUnique({ where: { id } });
    const database = new Database(`${world.directory}/jpki-bridge.db`);
    const write = (detail: string): void => void database.prepare(`UPDATE "receipt" SET "detail"=? WHERE "id"=?`).run(detail, id);
    try {
      write((row?.detail ?? "").replace(/"ial":\d/, `"ial":1`));
      expect((await ask(id, `Bearer ${await ownToken(party)}`)).status).toBe(500);
    } finally {
      write(row?.detail ?? "");
      database.close();
    }
    expect((await ask(id, `Bearer ${await ownToken(party)}`)).status).toBe(200);
  });
});
