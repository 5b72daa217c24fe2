import { describe, expect, test } from "vitest";
import { orThrow } from "../../src/errors.ts";
import { asIdentifier, type ClientId } from "../../src/identifiers.ts";
import { rememberConsent, subjectFor } from "../../src/people/index.ts";
import { addRelyingParty, findRelyingParty, listRelyingParties, metadataOf, removeRelyingParty } from "../../src/relying-parties/index.ts";
import { bind, certificate, now, receiptKinds } from "../people/people-fixture.ts";
import { temporaryStorage } from "../storage/temporary.ts";
import { registration } from "./registrations.ts";

const secretParty = orThrow(metadataOf(registration({ authentication: "client_secret_basic", jwks: undefined as never })));
const clientId = asIdentifier<ClientId>("service-1");

describe("relying parties", () => {
  test("with a secret: told once, sealed, opened for the provider, never listed", async () => {
    const storage = temporaryStorage();
    const { secret } = await addRelyingParty(storage, secretParty, now);
    expect(secret).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(await findRelyingParty(storage, clientId)).toEqual({ clientId, metadata: { ...secretParty, client_secret: secret }, createdAt: now });
    expect(await listRelyingParties(storage)).toEqual([{ clientId, metadata: secretParty, createdAt: now }]);
    const row = await storage.read.relyingParty.findFirst();
    expect(JSON.stringify(row)).not.toContain(secret);
    expect(Buffer.from(row?.sealedSecret ?? []).toString("latin1")).not.toContain(secret);
  });

  test("with a key: no secret at all", async () => {
    const storage = temporaryStorage();
    const metadata = orThrow(metadataOf(registration()));
    expect(await addRelyingParty(storage, metadata, now)).toEqual({ secret: null });
    expect((await findRelyingParty(storage, clientId))?.metadata).toEqual(metadata);
  });

  test("a secret moved to another client does not open", async () => {
    const storage = temporaryStorage();
    await addRelyingParty(storage, secretParty, now);
    await addRelyingParty(storage, { ...secretParty, client_id: "service-2" }, now);
    const row = await storage.read.relyingParty.findUnique({ where: { clientId } });
    await storage.transaction(({ data }) => data.relyingParty.update({ where: { clientId: "service-2" }, data: { sealedSecret: Uint8Array.from(row?.sealedSecret ?? []) } }));
    await expect(findRelyingParty(storage, asIdentifier("service-2"))).rejects.toThrow();
  });

  test("a client id is taken once, also by ten at a time", async () => {
    const storage = temporaryStorage();
    const results = await Promise.allSettled(Array.from({ length: 10 }, () => addRelyingParty(storage, secretParty, now)));
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const result of results) if (result.status === "rejected") expect(result.reason).toMatchObject({ code: "invalid_request" });
    expect(await receiptKinds(storage)).toEqual(["relying_party_added"]);
  });

  test("no client is called what somebody is called at another: a token says either in the same place (RFC 9068 5)", async () => {
    const storage = temporaryStorage();
    const { personId } = await bind(storage, certificate("1"));
    const subject = await subjectFor(storage, personId, "other.example", now);
    await expect(addRelyingParty(storage, { ...secretParty, client_id: subject }, now)).rejects.toMatchObject({ code: "invalid_request" });
    expect(await listRelyingParties(storage)).toEqual([]);
  });

  test("removed with its consents and everything it was given, and nothing of others", async () => {
    const storage = temporaryStorage();
    const { personId } = await bind(storage, certificate("1"));
    await addRelyingParty(storage, secretParty, now);
    for (const id of ["service-1", "service-2"]) {
      await rememberConsent(storage, personId, { clientId: asIdentifier(id), scope: ["openid"], claims: [], resources: {}, verifiedClaims: {}, grantedAt: now });
      for (const model of ["Grant", "RefreshToken"]) await storage.artifacts.put(model, id, {}, { expiresAt: now + 60, accountId: personId, clientId: id });
    }
    await removeRelyingParty(storage, clientId, now);
    expect(await findRelyingParty(storage, clientId)).toBeNull();
    expect((await storage.read.consent.findMany()).map((consent) => consent.clientId)).toEqual(["service-2"]);
    const left = await Promise.all(["Grant", "RefreshToken"].flatMap((model) => ["service-1", "service-2"].map(async (id) => (await storage.artifacts.find(model, id)) !== null)));
    expect(left).toEqual([false, true, false, true]);
    expect((await receiptKinds(storage)).at(-1)).toBe("relying_party_removed");
  });

  test("of which there is none: not found", async () => {
    const storage = temporaryStorage();
    expect(await findRelyingParty(storage, clientId)).toBeNull();
    expect(await listRelyingParties(storage)).toEqual([]);
    await expect(removeRelyingParty(storage, clientId, now)).rejects.toMatchObject({ code: "not_found" });
    expect(await receiptKinds(storage)).toEqual([]);
  });
});
