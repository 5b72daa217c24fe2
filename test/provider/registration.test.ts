import { exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { asIdentifier, type ClientId } from "../../src/identifiers.ts";
import { findRelyingParty, issueInitialAccess, type RegistrationPolicy, revokeInitialAccess } from "../../src/relying-parties/index.ts";
import { receiptKinds } from "../people/people-fixture.ts";
import { publicKey } from "../relying-parties/registrations.ts";
import { registerRelyingParty } from "../support/relying-party.ts";
import { startWorld, type World } from "../support/world.ts";

type Json = Record<string, unknown>;
interface Answer {
  readonly status: number;
  readonly body: Json;
  readonly headers: Headers;
}

let world: World;
let signer: { key: CryptoKey; jwk: JWK };
let stranger: CryptoKey;

beforeAll(async () => {
  const { privateKey, publicKey: verifying } = await generateKeyPair("ES256", { extractable: true });
  signer = { key: privateKey, jwk: { ...(await exportJWK(verifying)), kid: "s", alg: "ES256" } };
  stranger = (await generateKeyPair("ES256")).privateKey;
  const software_statements = [{ issuer: "https://directory.example", keys: [{ ...signer.jwk }], hosts: ["rp.example"], minimum_ial: 2 as const }];
  world = await startWorld((file) => ({ ...file, registration: { software_statements } }));
});
afterAll(() => world.close());

async function ask(method: string, path: string, token: string | null, body?: unknown): Promise<Answer> {
  const response = await fetch(path.startsWith("http") ? path : `${world.issuer}${path}`, {
    method,
    headers: { accept: "application/json", ...(token !== null && { authorization: `Bearer ${token}` }), ...(body !== undefined && { "content-type": "application/json" }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === "" ? {} : (JSON.parse(text) as Json), headers: response.headers };
}

const token = async (policy: RegistrationPolicy = {}, uses = 1, life = 600): Promise<{ token: string; id: string }> => {
  const issued = await issueInitialAccess(world.bridge.storage, { uses, life, policy }, world.now());
  return { token: issued.token, id: issued.access.id };
};
const wanted = { redirect_uris: ["https://rp.example/cb"], client_name: "サービス", token_endpoint_auth_method: "private_key_jwt", jwks: { keys: [publicKey] } };
const register = async (sent: Json = wanted, policy: RegistrationPolicy = {}): Promise<Answer> => ask("POST", "/register", (await token(policy)).token, sent);
const registered = async (): Promise<number> => world.bridge.storage.read.relyingParty.count();

describe("registration by an initial access token", () => {
  test("discovery names the endpoint; the answer is complete, and the provider takes the client", async () => {
    const discovery = (await (await fetch(`${world.issuer}/.well-known/openid-configuration`)).json()) as Json;
    expect(discovery["registration_endpoint"]).toBe(`${world.issuer}/register`);
    const { status, body, headers } = await register();
    expect([status, headers.get("cache-control")]).toEqual([201, "no-store"]);
    expect(body).toMatchObject({ ...wanted, response_types: ["code"], subject_type: "pairwise", id_token_signed_response_alg: "ES256", client_id_issued_at: expect.any(Number), registration_access_token: expect.any(String), registration_client_uri: `${world.issuer}/register/${String(body["client_id"])}` });
    expect(body).not.toHaveProperty("registered_by");
    const opened = await fetch(`${world.issuer}/authorize?client_id=${String(body["client_id"])}&redirect_uri=https://rp.example/cb&response_type=code&scope=openid&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256`, { redirect: "manual" });
    expect([opened.status, opened.headers.get("location")]).toEqual([303, expect.stringMatching(/^\/interaction\//)]);
    expect((await receiptKinds(world.bridge.storage)).slice(-2)).toEqual(["initial_access_issued", "relying_party_added"]);
  });

  test("a secret is told this one time; nothing that was told lies open in the database", async () => {
    const { body } = await register({ redirect_uris: ["https://rp.example/cb"] });
    const { client_secret: secret, registration_access_token: own, registration_client_uri: address } = body as Record<string, string>;
    expect(body).toMatchObject({ token_endpoint_auth_method: "client_secret_basic", client_secret_expires_at: 0, client_name: "rp.example" });
    const read = await ask("GET", String(address), String(own));
    expect([read.status, read.body["client_secret"], read.body["client_id"]]).toEqual([200, undefined, body["client_id"]]);
    const rows = JSON.stringify([await world.bridge.storage.read.relyingParty.findMany(), await world.bridge.storage.read.receipt.findMany()]);
    for (const told of [secret, own]) expect(rows.includes(String(told))).toBe(false);
  });

  test("of twenty registrations at once by a token for three, three succeed", async () => {
    const before = await registered();
    const { token: shared } = await token({}, 3);
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask("POST", "/register", shared, wanted)));
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array<number>(3).fill(201), ...Array<number>(17).fill(401)]);
    expect((await registered()) - before).toBe(3);
  });

  test("a registration that is refused costs no use", async () => {
    const { token: once } = await token();
    expect((await ask("POST", "/register", once, { ...wanted, redirect_uris: ["http://rp.example/"] })).status).toBe(400);
    expect((await ask("POST", "/register", once, wanted)).status).toBe(201);
    expect(await ask("POST", "/register", once, wanted)).toMatchObject({ status: 401, body: { error: "invalid_token" } });
  });

  const tokens: [string, () => Promise<string | null>][] = [
    ["none", async () => null],
    ["an invented one", async () => "AAAA.BBBB"],
    ["one with another secret", async () => `${(await token()).id}.${"A".repeat(43)}`],
    ["one that has run out", async () => {
      const { token: old } = await token({}, 1, 5);
      world.advance(6);
      return old;
    }],
    ["one that was revoked", async () => {
      const { token: gone, id } = await token();
      await revokeInitialAccess(world.bridge.storage, id, world.now());
      return gone;
    }],
    ["the registration access token of a client", async () => String((await register()).body["registration_access_token"])],
  ];
  test.each(tokens)("%s is refused", async (_name, make) => {
    const used = await make();
    const before = await registered();
    const { status, body, headers } = await ask("POST", "/register", used, wanted);
    expect([status, body["error"], headers.get("www-authenticate")]).toEqual([401, "invalid_token", 'Bearer error="invalid_token"']);
    expect(await registered()).toBe(before);
  });

  const refused: [string, Json, RegistrationPolicy, string, RegExp][] = [
    ["no redirect URI", { ...wanted, redirect_uris: [] }, {}, "invalid_redirect_uri", /at least one/],
    ["redirect URIs that are no texts", { ...wanted, redirect_uris: [1] }, {}, "invalid_redirect_uri", /at least one/],
    ["plain http", { ...wanted, redirect_uris: ["http://rp.example/"] }, {}, "invalid_redirect_uri", /must be https/],
    ["loopback, which everybody has", { ...wanted, redirect_uris: ["http://localhost:8080/callback"] }, {}, "invalid_redirect_uri", /must be https/],
    ["another's host to hear pseudonyms", { ...wanted, backchannel_logout_uri: "https://other.example/logout" }, {}, "invalid_client_metadata", /backchannel_logout_uri: on the host/],
    ["another's host to go to from sign-out", { ...wanted, post_logout_redirect_uris: ["https://rp.example/", "https://other.example/"] }, {}, "invalid_client_metadata", /post_logout_redirect_uris: on the host/],
    ["a name that shows nothing", { ...wanted, client_name: "\u3164" }, {}, "invalid_client_metadata", /name/],
    ["a name that looks like another", { ...wanted, client_name: "Bank\u200b" }, {}, "invalid_client_metadata", /name/],
    ["a script", { ...wanted, redirect_uris: ["javascript:alert(1)"] }, {}, "invalid_redirect_uri", /redirect_uris/],
    ["a wildcard", { ...wanted, redirect_uris: ["https://*.rp.example/"] }, {}, "invalid_redirect_uri", /wildcard/],
    ["two hosts", { ...wanted, redirect_uris: ["https://rp.example/", "https://other.example/"] }, {}, "invalid_redirect_uri", /one host/],
    ["a host that the token is not for", wanted, { hosts: ["other.example"] }, "invalid_redirect_uri", /host/],
    ["no authentication", { ...wanted, token_endpoint_auth_method: "none" }, {}, "invalid_client_metadata", /token_endpoint_auth_method/],
    ["attestation, which the operator arranges", { ...wanted, token_endpoint_auth_method: "attest_jwt_client_auth" }, {}, "invalid_client_metadata", /token_endpoint_auth_method/],
    ["an algorithm that is none", { ...wanted, token_endpoint_auth_signing_alg: "none" }, {}, "invalid_client_metadata", /token_endpoint_auth_signing_alg/],
    ["unsigned ID tokens", { ...wanted, id_token_signed_response_alg: "none" }, {}, "invalid_client_metadata", /id_token_signed_response_alg/],
    ["public subjects", { ...wanted, subject_type: "public" }, {}, "invalid_client_metadata", /subject_type/],
    ["the implicit grant", { ...wanted, grant_types: ["authorization_code", "implicit"] }, {}, "invalid_client_metadata", /grant_types/],
    ["sign-in on another device, where no redirect URI shows whose host it is", { ...wanted, grant_types: ["authorization_code", "urn:ietf:params:oauth:grant-type:device_code"] }, {}, "invalid_client_metadata", /grant_types/],
    ["asking on the phone", { ...wanted, grant_types: ["authorization_code", "urn:openid:params:grant-type:ciba"] }, {}, "invalid_client_metadata", /grant_types/],
    ["keys on this machine", { ...wanted, jwks: undefined, jwks_uri: "http://127.0.0.1:9000/jwks" }, {}, "invalid_client_metadata", /jwks_uri/],
    ["keys where no host can be", { ...wanted, jwks: undefined, jwks_uri: "https://registered-keys.invalid/e30" }, {}, "invalid_client_metadata", /jwks_uri/],
    ["a logout endpoint on this machine", { ...wanted, backchannel_logout_uri: "http://localhost:9000/" }, {}, "invalid_client_metadata", /backchannel_logout_uri/],
    ["the hybrid flow", { ...wanted, response_types: ["code id_token"] }, {}, "invalid_client_metadata", /response_types/],
    ["its private key", { ...wanted, jwks: { keys: [{ ...publicKey, d: "AAAA" }] } }, {}, "invalid_client_metadata", /private/],
    ["keys of no kind", { ...wanted, jwks: "keys" }, {}, "invalid_client_metadata", /jwks/],
    ["keys twice", { ...wanted, jwks_uri: "https://rp.example/jwks" }, {}, "invalid_client_metadata", /one of them/],
    ["a name that is no text", { ...wanted, client_name: {} }, {}, "invalid_client_metadata", /client_name/],
    ["a name that turns the line round", { ...wanted, client_name: "\u202eecivres" }, {}, "invalid_client_metadata", /client_name/],
    ["a level that is none", { ...wanted, minimum_ial: 4 }, {}, "invalid_client_metadata", /minimum_ial/],
    ["what FAPI 2.0 does not allow, where the token asks for it", { redirect_uris: ["https://rp.example/cb"] }, { profile: "fapi2" }, "invalid_client_metadata", /fapi2/],
  ];
  test.each(refused)("%s is refused, naming the member", async (_name, sent, policy, error, description) => {
    const { status, body } = await register(sent, policy);
    expect([status, body["error"]]).toEqual([400, error]);
    expect(body["error_description"]).toMatch(description);
  });

  test("what the token asks for is put in place of less, never in place of more", async () => {
    const policy = { profile: "fapi2", minimumIal: 3, minimumAal: 1 } as const;
    const { body } = await register({ ...wanted, minimum_ial: 1, minimum_aal: 2, logo_uri: "https://rp.example/logo", registered_by: { policy: {} }, client_id: "chosen" }, policy);
    expect(body).toMatchObject({ profile: "fapi2", require_pushed_authorization_requests: true, dpop_bound_access_tokens: true, minimum_ial: 3, minimum_aal: 2 });
    expect([body["logo_uri"], body["client_id"] === "chosen"]).toEqual([undefined, false]);
    const party = await findRelyingParty(world.bridge.storage, asIdentifier<ClientId>(String(body["client_id"])));
    expect(party?.metadata["registered_by"]).toMatchObject({ policy });
  });
});

describe("registration by a software statement", () => {
  const statement = (claims: Json = {}, key: CryptoKey = signer.key): Promise<string> => {
    const now = world.now();
    const all = { iss: "https://directory.example", iat: now, exp: now + 600, jti: crypto.randomUUID(), redirect_uris: ["https://rp.example/cb"], software_id: "app", ...claims };
    return new SignJWT(Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))).setProtectedHeader({ alg: "ES256", kid: "s" }).sign(key);
  };
  const by = async (software_statement: unknown, sent: Json = {}): Promise<Answer> => ask("POST", "/register", null, { jwks: wanted.jwks, token_endpoint_auth_method: "private_key_jwt", ...sent, software_statement });

  test("what it says goes before what the client says, and its issuer's policy holds", async () => {
    const { status, body } = await by(await statement({ client_name: "Directory's name" }), { client_name: "own", redirect_uris: ["https://evil.example/"] });
    expect([status, body["client_name"], body["redirect_uris"], body["minimum_ial"]]).toEqual([201, "Directory's name", ["https://rp.example/cb"], 2]);
  });

  test("what it says stays, whatever the client sends later", async () => {
    const { body } = await by(await statement({ client_name: "Directory's name", profile: "fapi2" }));
    const sent = { ...wanted, client_id: body["client_id"], client_name: "own", redirect_uris: ["https://rp.example/own"] };
    const changed = await ask("PUT", String(body["registration_client_uri"]), String(body["registration_access_token"]), sent);
    expect(changed).toMatchObject({ status: 200, body: { client_name: "Directory's name", redirect_uris: ["https://rp.example/cb"], profile: "fapi2" } });
  });

  test.each([
    ["a lower level beside it lowers nothing", { minimumIal: 1 }, {}, [201, 2, undefined]],
    ["a profile beside it counts too", { profile: "fapi2" }, {}, [201, 2, "fapi2"]],
    ["hosts beside it widen nothing", { hosts: ["evil.example", "rp.example"] }, { redirect_uris: ["https://evil.example/"] }, [400, undefined, undefined]],
    ["hosts beside it narrow", { hosts: ["other.example"] }, {}, [400, undefined, undefined]],
  ] as const)("with an initial access token: %s", async (_name, policy, claims, expected) => {
    const software_statement = await statement(claims);
    const { status, body } = await ask("POST", "/register", (await token(policy)).token, { ...wanted, software_statement });
    expect([status, body["minimum_ial"], body["profile"]]).toEqual(expected);
  });

  test("it counts once, and not at all for a registration that is refused", async () => {
    const once = await statement();
    expect((await by(once, { subject_type: "public" })).status).toBe(400);
    const answers = await Promise.all([by(once), by(once), by(once)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 400, 400]);
    expect(answers.find(({ status }) => status === 400)?.body["error"]).toBe("invalid_software_statement");
  });

  const refused: [string, () => Promise<unknown>, string][] = [
    ["of an unknown issuer", () => statement({ iss: "https://other.example" }), "unapproved_software_statement"],
    ["without an issuer", () => statement({ iss: undefined }), "unapproved_software_statement"],
    ["signed by somebody else", () => statement({}, stranger), "invalid_software_statement"],
    ["that has run out", () => statement({ exp: world.now() - 60 }), "invalid_software_statement"],
    ["without an end", () => statement({ exp: undefined }), "invalid_software_statement"],
    ["without an id", () => statement({ jti: undefined }), "invalid_software_statement"],
    ["without redirect URIs", () => statement({ redirect_uris: undefined }), "invalid_software_statement"],
    ["for a host that its issuer is not for", () => statement({ redirect_uris: ["https://evil.example/"] }), "invalid_redirect_uri"],
    ["that is no JWT", async () => "statement", "invalid_software_statement"],
    ["that is no text", async () => 1, "invalid_software_statement"],
    ["unsigned", async () => `${btoa('{"alg":"none"}').replace(/=+$/, "")}.${((await statement()).split(".")[1])}.`, "invalid_software_statement"],
  ];
  test.each(refused)("one %s is refused", async (_name, make, error) => {
    const { status, body } = await by(await make());
    expect([status, body["error"]]).toEqual([400, error]);
  });
});

describe("a client manages its registration", () => {
  const own = async (sent: Json = wanted): Promise<{ id: string; address: string; token: string; body: Json }> => {
    const { body } = await register(sent);
    return { id: String(body["client_id"]), address: String(body["registration_client_uri"]), token: String(body["registration_access_token"]), body };
  };

  test("reads, replaces and ends it", async () => {
    const { id, address, token: right } = await own();
    expect(await ask("GET", address, right)).toMatchObject({ status: 200, body: { client_name: "サービス" } });
    const changed = await ask("PUT", address, right, { ...wanted, client_id: id, client_name: "New", redirect_uris: ["https://rp.example/other"] });
    expect(changed).toMatchObject({ status: 200, body: { client_name: "New", redirect_uris: ["https://rp.example/other"] } });
    expect((await ask("DELETE", address, right)).status).toBe(204);
    expect((await ask("GET", address, right)).status).toBe(401);
    expect(await findRelyingParty(world.bridge.storage, asIdentifier<ClientId>(id))).toBeNull();
  });

  test("with another's token, none, or an invented one nothing is read, changed or ended", async () => {
    const [mine, other] = [await own(), await own()];
    for (const wrong of [other.token, null, "AAAA"]) {
      for (const method of ["GET", "PUT", "DELETE"]) expect((await ask(method, mine.address, wrong, method === "PUT" ? { ...wanted, client_id: mine.id } : undefined)).status).toBe(401);
    }
    expect((await ask("GET", mine.address, mine.token)).status).toBe(200);
  });

  test("a client that the operator registered is managed by no token", async () => {
    const { clientId } = await registerRelyingParty(world);
    for (const guess of ["", "A"]) expect((await ask("GET", `/register/${clientId}`, guess)).status).toBe(401);
  });

  const refused: [string, (id: string) => Json, string][] = [
    ["another host", (id) => ({ ...wanted, client_id: id, redirect_uris: ["https://other.example/cb"] }), "invalid_redirect_uri"],
    ["another client id", () => ({ ...wanted, client_id: "other" }), "invalid_request"],
    ["another way of authenticating", (id) => ({ ...wanted, client_id: id, token_endpoint_auth_method: "client_secret_basic" }), "invalid_client_metadata"],
    ["a secret that is not its own", (id) => ({ ...wanted, client_id: id, client_secret: "guess" }), "invalid_request"],
    ["a token of its own choice", (id) => ({ ...wanted, client_id: id, registration_access_token: "x" }), "invalid_request"],
  ];
  test.each(refused)("%s is refused", async (_name, sent, error) => {
    const { id, address, token: right } = await own();
    expect(await ask("PUT", address, right, sent(id))).toMatchObject({ status: 400, body: { error } });
    expect(await ask("GET", address, right)).toMatchObject({ body: { client_name: "サービス", redirect_uris: wanted.redirect_uris } });
  });
});

test("off unless the operator says so, and full when it is full", async () => {
  const small = await startWorld((file) => ({ ...file, registration: { maximum_clients: 1 } }));
  const off = await startWorld();
  try {
    const { token: two } = await issueInitialAccess(small.bridge.storage, { uses: 2, life: 60, policy: {} }, small.now());
    const first = await ask("POST", `${small.issuer}/register`, two, wanted);
    const second = await ask("POST", `${small.issuer}/register`, two, wanted);
    expect([first.status, second.status, second.body["error"]]).toEqual([201, 503, "service_unavailable"]);
    expect((await ask("POST", `${off.issuer}/register`, "AAAA.BBBB", wanted)).status).toBe(404);
    expect((await (await fetch(`${off.issuer}/.well-known/openid-configuration`)).json()) as Json).not.toHaveProperty("registration_endpoint");
  } finally {
    await small.close();
    await off.close();
  }
});
