import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { findBySubject } from "../../src/people/index.ts";
import { freshStorage } from "../storage/temporary.ts";
import { startWorld, type World } from "../support/world.ts";

/** Text that PostgreSQL cannot hold. */

const nul = "a\u0000b";
const surrogate = "a\ud800b";

let world: World | null = null;
beforeAll(async () => {
  if (inject("postgresql").absent === null) world = await startWorld();
});
afterAll(() => world?.close());

const post = (body: Record<string, string>): RequestInit => ({ method: "POST", body: new URLSearchParams(body) });
const parameters = (clientId: string): Record<string, string> => ({ client_id: clientId, response_type: "code", scope: "openid", redirect_uri: "https://a.example/" });

describe.each([["NUL", nul], ["a lone surrogate", surrogate]])("a client named with %s is one that nobody knows", (_name, clientId) => {
  const rows: readonly (readonly [path: string, request: RequestInit])[] = [
    [`/authorize?${new URLSearchParams(parameters(clientId)).toString()}`, {}],
    ["/token", post({ grant_type: "authorization_code", client_id: clientId, code: nul, redirect_uri: "https://a.example/" })],
    ["/par", post(parameters(clientId))],
    ["/introspect", post({ client_id: clientId, token: nul })],
    [`/authorize?${new URLSearchParams({ ...parameters("somebody"), state: clientId, nonce: clientId, login_hint: clientId }).toString()}`, {}],
  ];
  test.each(rows)("%s", async (path, request) => {
    const { status } = await fetch(`${world?.issuer}${path}`, { redirect: "manual", ...request });
    expect([400, 401]).toContain(status);
  });
});

test.each([nul, surrogate])("nothing goes by %j, and nothing is written under a name with NUL", async (name) => {
  const { read, artifacts, transaction } = await freshStorage();
  expect(await findBySubject(read, "sector", name)).toBeNull();
  expect(await read.lookups.person(name)).toBeNull();
  expect(await read.signalStream.findMany({ where: { clientId: name } })).toEqual([]);
  expect(await read.receipt.count({ where: { id: name } })).toBe(0);
  expect(await artifacts.listByAccount("Session", name, 0)).toEqual([]);
  const within = await transaction(async (inside) => [await inside.data.person.findUnique({ where: { id: name } }), await inside.artifacts.listByAccount("Session", name, 0)]);
  expect(within).toEqual([null, []]);
});

test("a write under a name with NUL is refused, in a transaction and beside one", async () => {
  const { artifacts, transaction } = await freshStorage();
  const refused = { code: "invalid_request" };
  await expect(artifacts.put("Session", "id", {}, { expiresAt: 1, accountId: nul })).rejects.toMatchObject(refused);
  await expect(transaction(async (inside) => inside.artifacts.put("Session", "id", {}, { expiresAt: 1, accountId: nul }))).rejects.toMatchObject(refused);
  await expect(transaction(async ({ data }) => data.announcement.deleteMany({ where: { personId: nul } }))).rejects.toMatchObject(refused);
});
