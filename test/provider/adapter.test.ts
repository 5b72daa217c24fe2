import type { Adapter, AdapterPayload } from "oidc-provider";
import { describe, expect, test } from "vitest";
import { orThrow } from "../../src/errors.ts";
import { createAdapterFactory } from "../../src/provider/adapter.ts";
import { addRelyingParty, metadataOf } from "../../src/relying-parties/index.ts";
import type { Storage } from "../../src/storage/index.ts";
import { temporaryStorage } from "../storage/temporary.ts";

const start = 1_800_000_000;

function place(): { storage: Storage; adapter(model: string): Adapter; advance(seconds: number): void } {
  const storage = temporaryStorage();
  let now = start;
  const factory = createAdapterFactory(storage, () => now);
  return { storage, adapter: factory, advance: (seconds) => void (now += seconds) };
}
const payload = (changes: AdapterPayload = {}): AdapterPayload => ({ kind: "AuthorizationCode", jti: "code", grantId: "g", accountId: "p", clientId: "c", ...changes });

describe("the provider's artifacts", () => {
  test("come back as they were, until they expire", async () => {
    const { adapter, advance } = place();
    const codes = adapter("AuthorizationCode");
    await codes.upsert("code", payload(), 60);
    expect(await codes.find("code")).toEqual(payload());
    expect(await codes.find("other")).toBeUndefined();
    expect(await adapter("RefreshToken").find("code")).toBeUndefined();
    advance(59);
    expect(await codes.find("code")).toEqual(payload());
    advance(1);
    expect(await codes.find("code")).toBeUndefined();
  });

  test("without a life of their own live a day", async () => {
    const { adapter, advance } = place();
    const grants = adapter("Grant");
    await grants.upsert("g", payload(), undefined as unknown as number);
    advance(86_399);
    expect(await grants.find("g")).toBeDefined();
    advance(1);
    expect(await grants.find("g")).toBeUndefined();
  });

  test("a session is found by its uid, and no longer once it expired or moved on", async () => {
    const { adapter, advance } = place();
    const sessions = adapter("Session");
    await sessions.upsert("id", payload({ uid: "u1" }), 60);
    expect(await sessions.findByUid("u1")).toMatchObject({ uid: "u1" });
    await sessions.upsert("id", payload({ uid: "u2" }), 60);
    expect([await sessions.findByUid("u1"), (await sessions.findByUid("u2"))?.uid]).toEqual([undefined, "u2"]);
    advance(60);
    expect(await sessions.findByUid("u2")).toBeUndefined();
  });

  test("device flow codes there are none", async () => expect(await place().adapter("DeviceCode").findByUserCode("x")).toBeUndefined());

  test("consumed once, it says when; a second use ends everything of its grant", async () => {
    const { adapter, advance, storage } = place();
    const codes = adapter("AuthorizationCode");
    await codes.upsert("code", payload(), 60);
    await adapter("Grant").upsert("g", payload({ kind: "Grant" }), 600);
    await adapter("AccessToken").upsert("token", payload({ kind: "AccessToken" }), 600);
    await adapter("AccessToken").upsert("unrelated", payload({ grantId: "h" }), 600);
    advance(5);
    await codes.consume("code");
    expect(await codes.find("code")).toMatchObject({ consumed: start + 5 });
    await expect(codes.consume("code")).rejects.toMatchObject({ error: "invalid_grant" });
    expect([await adapter("Grant").find("g"), await adapter("AccessToken").find("token"), await codes.find("code")]).toEqual([undefined, undefined, undefined]);
    expect(await storage.artifacts.count("AccessToken", 0)).toBe(1);
  });

  test("of 20 uses at once one succeeds, and the grant ends", async () => {
    const { adapter } = place();
    const tokens = adapter("RefreshToken");
    await tokens.upsert("r", payload({ kind: "RefreshToken" }), 60);
    await adapter("Grant").upsert("g", payload({ kind: "Grant" }), 600);
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => tokens.consume("r")));
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(await adapter("Grant").find("g")).toBeUndefined();
  });

  test("an unknown or expired one is not consumed, and takes no grant with it", async () => {
    const { adapter, advance } = place();
    const codes = adapter("AuthorizationCode");
    await expect(codes.consume("nothing")).rejects.toMatchObject({ error: "invalid_grant" });
    await codes.upsert("code", payload(), 60);
    await adapter("Grant").upsert("g", payload({ kind: "Grant" }), 600);
    advance(60);
    await expect(codes.consume("code")).rejects.toMatchObject({ error: "invalid_grant" });
    expect(await adapter("Grant").find("g")).toBeDefined();
  });

  test("what one session saves again after it was consumed stays consumed", async () => {
    const { adapter } = place();
    const pushed = adapter("PushedAuthorizationRequest");
    await pushed.upsert("p", payload(), 60);
    await pushed.consume("p");
    await pushed.upsert("p", payload(), 60);
    expect(await pushed.find("p")).toHaveProperty("consumed");
  });

  test("a replay guard is taken once: of 20 at a time one", async () => {
    const { adapter } = place();
    const guard = adapter("ReplayDetection");
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => guard.upsert("jti", { jti: "jti", iss: "client" }, 60)));
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const result of results) if (result.status === "rejected") expect(result.reason).toMatchObject({ error: "invalid_request" });
    expect(await guard.find("jti")).toBeDefined();
  });

  test("an interaction that several resume at once is destroyed by one of them", async () => {
    const interactions = place().adapter("Interaction");
    await interactions.upsert("i", payload(), 60);
    const ends = await Promise.allSettled(Array.from({ length: 5 }, () => interactions.destroy("i")));
    expect(ends.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    await expect(interactions.destroy("i")).rejects.toMatchObject({ name: "SessionNotFound" });
    await expect(interactions.upsert("i", payload(), 60)).rejects.toMatchObject({ name: "SessionNotFound" });
    expect(await interactions.find("i")).toBeUndefined();
  });

  test("a session that ended is not there again, saved late or under another id", async () => {
    const { adapter, advance, storage } = place();
    const sessions = adapter("Session");
    await sessions.upsert("id", payload({ uid: "u" }), 3600);
    await sessions.destroy("id");
    await sessions.upsert("id", payload({ uid: "u" }), 3600);
    expect([await sessions.find("id"), await sessions.findByUid("u")]).toEqual([undefined, undefined]);
    await expect(sessions.destroy("id")).rejects.toMatchObject({ name: "SessionNotFound" });
    await sessions.destroy("never saved");
    advance(15 * 60);
    expect(await storage.artifacts.sweep(start + 15 * 60, 10)).toBe(1);
  });

  test("destroyed or revoked with its grant, it is gone", async () => {
    const { adapter } = place();
    const tokens = adapter("AccessToken");
    for (const [id, grantId] of [["a", "g"], ["b", "g"], ["c", "h"]] as const) await tokens.upsert(id, payload({ grantId }), 60);
    await tokens.destroy("a");
    expect(await tokens.find("a")).toBeUndefined();
    await tokens.revokeByGrantId("g");
    expect([await tokens.find("b"), (await tokens.find("c"))?.grantId]).toEqual([undefined, "h"]);
  });
});

describe("the provider's clients", () => {
  const registration = { clientId: "c1", name: "Service", redirectUris: ["https://rp.example/callback"], authentication: "client_secret_basic" } as const;

  test("come from the registrations, with the secret opened", async () => {
    const { adapter, storage } = place();
    const { secret } = await addRelyingParty(storage, orThrow(metadataOf(registration)), start);
    expect(await adapter("Client").find("c1")).toMatchObject({ client_id: "c1", client_secret: secret });
    expect([await adapter("Client").find("c2"), await adapter("Client").findByUid("c1"), await adapter("Client").findByUserCode("c1")]).toEqual([undefined, undefined, undefined]);
  });

  test("cannot be written by the provider", async () => {
    const { adapter } = place();
    const clients = adapter("Client");
    for (const write of [clients.upsert("c1", {}, 1), clients.consume("c1"), clients.destroy("c1"), clients.revokeByGrantId("g")]) await expect(write).rejects.toMatchObject({ error: "invalid_request" });
  });
});
