import { readFile, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { loadServiceKeys } from "../../../src/sandbox/demo-service/keys.ts";
import { registrationOf, resourceOf } from "../../../src/sandbox/demo-service/registration.ts";
import { metadataOf } from "../../../src/relying-parties/registration.ts";
import { temporaryDirectory } from "../../storage/temporary.ts";

test("keys are made once and kept, for the owner alone", async () => {
  const place = path.join(temporaryDirectory(), "new");
  const first = await loadServiceKeys(place);
  const second = await loadServiceKeys(place);
  expect(second.jwks).toEqual(first.jwks);
  expect((await stat(path.join(place, "keys.json"))).mode & 0o777).toBe(0o600);
  expect((await stat(place)).mode & 0o777).toBe(0o700);
});

test("what is registered has no private part, and the keys in use cannot be read", async () => {
  const { jwks, client, dpop } = await loadServiceKeys(temporaryDirectory());
  expect(jwks.keys).toHaveLength(1);
  expect(Object.keys(jwks.keys[0] ?? {}).sort()).toEqual(["alg", "crv", "kid", "kty", "use", "x", "y"]);
  expect([client.privateKey.extractable, dpop.privateKey.extractable]).toEqual([false, false]);
});

test.each([
  ["empty", ""],
  ["no JSON", "{"],
  ["other JSON", "{}"],
  ["a key without its private part", JSON.stringify({ client: { kty: "EC", crv: "P-256", x: "a", y: "b" }, dpop: {} })],
])("a damaged key file stops the start and says what to do: %s", async (_name, content) => {
  const place = temporaryDirectory();
  await writeFile(path.join(place, "keys.json"), content);
  await expect(loadServiceKeys(place)).rejects.toThrow(/remove it to have new ones made/);
  expect(await readFile(path.join(place, "keys.json"), "utf8")).toBe(content);
});

test("the registration is one the bridge takes, at the highest federation level", async () => {
  const { jwks } = await loadServiceKeys(temporaryDirectory());
  const verdict = metadataOf(registrationOf("http://localhost:3100", jwks));
  expect(verdict.valid && verdict.value).toMatchObject({
    client_id: "demo-service",
    redirect_uris: ["http://localhost:3100/callback"],
    post_logout_redirect_uris: ["http://localhost:3100/signed-out"],
    backchannel_logout_uri: "http://localhost:3100/backchannel-logout",
    token_endpoint_auth_method: "private_key_jwt",
    require_pushed_authorization_requests: true,
    dpop_bound_access_tokens: true,
    grant_types: ["authorization_code", "refresh_token"],
  });
  expect(resourceOf("http://localhost:3100")).toMatchObject({ identifier: "http://localhost:3100/api", scopes: ["reading:list"] });
});
