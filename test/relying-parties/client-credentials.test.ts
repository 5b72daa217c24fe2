import { expect, test } from "vitest";
import { orThrow } from "../../src/errors.ts";
import { metadataOf, type RegistrationRequest } from "../../src/relying-parties/index.ts";
import { requestFromMetadata } from "../../src/relying-parties/client-metadata.ts";
import { registration } from "./registrations.ts";

const access = (resource: string, ...scopes: string[]): Partial<RegistrationRequest> => ({ clientCredentials: { [resource]: scopes } });
const api = "https://api.example/v1";

test("access in its own name is registered apart from what people are asked", () => {
  const metadata = orThrow(metadataOf(registration(access(api, "read", "write"))));
  expect([metadata["client_credentials"], metadata["scope"]]).toEqual([{ [api]: ["read", "write"] }, undefined]);
});

test("none is registered unless it is said, and never by a relying party that registers itself", () => {
  expect(orThrow(metadataOf(registration()))).not.toHaveProperty("client_credentials");
  const sent = { redirect_uris: ["https://rp.example/callback"], client_credentials: { [api]: ["read"] } };
  expect(orThrow(metadataOf(orThrow(requestFromMetadata("c1", sent, {}))))).not.toHaveProperty("client_credentials");
  expect(requestFromMetadata("c1", { ...sent, grant_types: ["authorization_code", "client_credentials"] }, {})).toMatchObject({ valid: false, code: "invalid_client_metadata" });
});

const refused: readonly (readonly [string, Partial<RegistrationRequest>])[] = [
  ["instances of an app", { ...access(api, "read"), authentication: "attest_jwt_client_auth" }],
  ["no scope", access(api)],
  ["a scope that is two", access(api, "read write")],
  ["a resource that is no URI", access("api", "read")],
  ["a resource with a fragment", access(`${api}#part`, "read")],
];
test.each(refused)("%s: refused", (_name, changes) => expect(metadataOf(registration(changes))).toMatchObject({ valid: false, code: "invalid_request", at: expect.stringMatching(/^client_credentials: /) as string }));
