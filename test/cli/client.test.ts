import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { publicKey } from "../relying-parties/registrations.ts";
import { desk, issuer, runCli } from "./run-cli.ts";

const basics = ["--name", "サービス", "--redirect-uri", "https://rp.example/callback"];
const bySecret = ["--auth", "client_secret_basic"];

describe("client add", () => {
  test("with a key made for it: the private one in a file of its own, the public one registered", async () => {
    const { run, json, directory } = desk();
    const added = await run("client", "add", "c1", ...basics);
    expect([added.code, added.stderr]).toEqual([0, ""]);
    expect(added.stdout).toMatch(/^registered c1\n {2}issuer +http:\/\/localhost:65534\n {2}client_id +c1\n {2}private key +client-key\.json/);
    expect(added.stdout).not.toContain("\u001b");
    const keyFile = path.join(directory, "client-key.json");
    const made = JSON.parse(readFileSync(keyFile, "utf8")) as Record<string, string>;
    expect(made).toMatchObject({ kty: "EC", crv: "P-256", alg: "ES256", use: "sig", d: expect.any(String) });
    expect(statSync(keyFile).mode & 0o777).toBe(0o600);
    const shown = await json<{ jwks: { keys: Record<string, string>[] } }>("client", "show", "c1");
    const { d: _private, ...published } = made;
    expect(shown.jwks.keys).toEqual([published]);
  });

  test("with everything said, as JSON", async () => {
    const { json, directory } = desk();
    writeFileSync(path.join(directory, "jwks.json"), JSON.stringify({ keys: [publicKey] }));
    const added = await json("client", "add", "c1", ...basics, "https://rp.example/second", "--post-logout-redirect-uri", "https://rp.example/out", "--backchannel-logout-uri", "https://rp.example/back",
      "--jwks", "jwks.json", "--id-token-alg", "RS256", "--par", "--dpop", "--minimum-ial", "3", "--minimum-aal", "2", "--maximum-status-age", "60");
    expect(added).toMatchObject({
      issuer, client_id: "c1", client_name: "サービス", redirect_uris: ["https://rp.example/callback", "https://rp.example/second"], post_logout_redirect_uris: ["https://rp.example/out"],
      backchannel_logout_uri: "https://rp.example/back", token_endpoint_auth_method: "private_key_jwt", jwks: { keys: [publicKey] }, id_token_signed_response_alg: "RS256",
      require_pushed_authorization_requests: true, dpop_bound_access_tokens: true, minimum_ial: 3, minimum_aal: 2, maximum_status_age: 60,
    });
    expect(added).not.toHaveProperty("key_file");
    expect(existsSync(path.join(directory, "client-key.json"))).toBe(false);
  });

  test("with a secret: told this once, never again", async () => {
    const { run, json, directory } = desk();
    const added = await json<{ client_secret: string }>("client", "add", "c1", ...basics, ...bySecret);
    expect(added.client_secret).toMatch(/^[A-Za-z0-9_-]{43}$/);
    for (const parameters of [["client", "show", "c1"], ["client", "list"], ["client", "list", "--json"], ["client", "doctor", "c1"]]) expect((await run(...parameters)).stdout).not.toContain(added.client_secret);
    for (const file of ["bridge.db", "bridge.db-wal"]) if (existsSync(path.join(directory, file))) expect(readFileSync(path.join(directory, file)).includes(added.client_secret)).toBe(false);
  });

  const refused: [string, string[], number, RegExp][] = [
    ["a bad client id", ["client", "add", "a b", ...basics, ...bySecret], 3, /invalid_request: client_id/],
    ["a bad redirect URI", ["client", "add", "c1", "--name", "S", "--redirect-uri", "http://rp.example/", ...bySecret], 3, /invalid_request: redirect_uris: http:\/\/rp\.example\/: must be https/],
    ["an unknown authentication", ["client", "add", "c1", ...basics, "--auth", "none"], 2, /--auth: must be private_key_jwt, client_secret_basic, attest_jwt_client_auth, tls_client_auth or/],
    ["an attestation that nobody may make", ["client", "add", "c1", ...basics, "--auth", "attest_jwt_client_auth"], 2, /--auth: name an attester of this client/],
    ["an unknown algorithm", ["client", "add", "c1", ...basics, "--id-token-alg", "HS256"], 2, /--id-token-alg: must be ES256 or RS256/],
    ["access in its own name to a resource that the configuration has not", ["client", "add", "c1", ...basics, ...bySecret, "--client-credentials", "https://api.example read"], 2, /--client-credentials: name https:\/\/api\.example and these scopes of it under resources first/],
    ["a level that is none", ["client", "add", "c1", ...basics, ...bySecret, "--minimum-aal", "high"], 3, /minimum_aal: 1, 2 or 3/],
    ["an age that is none", ["client", "add", "c1", ...basics, ...bySecret, "--maximum-status-age", ""], 3, /maximum_status_age: whole seconds/],
    ["keys that are not there", ["client", "add", "c1", ...basics, "--jwks", "none.json"], 3, /--jwks none\.json: cannot be read/],
    ["keys that are no JSON", ["client", "add", "c1", ...basics, "--jwks", "seal-1.key"], 3, /--jwks seal-1\.key: is not JSON/],
    ["private keys", ["client", "add", "c1", ...basics, "--jwks", "private.json"], 3, /jwks: has a private or shared key/],
    ["a key file that is there already", ["client", "add", "c1", ...basics, "--key-file", "seal-1.key"], 3, /--key-file seal-1\.key: is there already/],
    ["a key file in no directory", ["client", "add", "c1", ...basics, "--key-file", "none/key.json"], 3, /--key-file none\/key\.json: cannot be written/],
  ];
  test.each(refused)("%s is refused with a sentence, and nothing is registered", async (_name, parameters, expected, sentence) => {
    const { run, json, directory } = desk();
    writeFileSync(path.join(directory, "private.json"), JSON.stringify({ keys: [{ ...publicKey, d: "AAAA" }] }));
    const before = readFileSync(path.join(directory, "seal-1.key"), "utf8");
    const { code, stdout, stderr } = await run(...parameters);
    expect(stderr).toMatch(sentence);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(stderr).not.toContain("\u001b");
    expect([code, stdout, readFileSync(path.join(directory, "seal-1.key"), "utf8")]).toEqual([expected, "", before]);
    expect(await json("client", "list")).toEqual([]);
  });

  test("an id that is taken is refused, and no key is left behind", async () => {
    const { run, directory } = desk();
    await run("client", "add", "c1", ...basics, ...bySecret);
    const again = await run("client", "add", "c1", ...basics);
    expect([again.code, again.stderr]).toEqual([3, "invalid_request: client_id c1 is taken\n"]);
    expect(existsSync(path.join(directory, "client-key.json"))).toBe(false);
  });
});

describe("client list, show, doctor, remove", () => {
  test("through a life", async () => {
    const { run, json } = desk();
    expect((await run("client", "list")).stdout).toBe("CLIENT ID  NAME  AUTHENTICATES BY  REDIRECTS TO\n");
    await run("client", "add", "b-service", ...basics, ...bySecret);
    await run("client", "add", "a-service", "--name", "A", "--redirect-uri", "http://localhost:1/cb", ...bySecret);
    const listed = (await run("client", "list")).stdout.split("\n");
    expect(listed[1]).toMatch(/^a-service +A +client_secret_basic +http:\/\/localhost:1\/cb$/);
    expect((await json<{ client_id: string }[]>("client", "list")).map(({ client_id }) => client_id)).toEqual(["a-service", "b-service"]);

    const shown = await run("client", "show", "b-service");
    expect(JSON.parse(shown.stdout)).toMatchObject({ client_id: "b-service", redirect_uris: ["https://rp.example/callback"] });

    const doctor = await run("client", "doctor", "a-service");
    expect(doctor.code).toBe(0);
    expect(doctor.stdout).toMatch(/^warning {4}redirect_uri: .* is on loopback\n {11}fine for development/);
    expect(await json("client", "doctor", "a-service")).toContainEqual(expect.objectContaining({ check: "client_authentication", outcome: "warning" }));

    expect((await run("client", "remove", "a-service")).stdout).toBe("a-service was removed\n");
    expect(await json("client", "remove", "b-service")).toEqual({ removed: "b-service" });
    expect(await json("client", "list")).toEqual([]);
  });

  test("the doctor ends with 4 when something is wrong", async () => {
    const { run } = desk();
    await run("client", "add", "c1", ...basics, "--jwks-uri", "https://127.0.0.1:9/jwks");
    for (const json of [[], ["--json"]]) {
      const { code, stdout } = await run("client", "doctor", "c1", ...json);
      expect(code).toBe(4);
      expect(stdout).toContain("did not answer");
      expect(stdout).not.toContain("\u001b");
    }
  });

  test.each(["show", "doctor", "remove"])("%s of none is refused", async (command) => {
    const { code, stdout, stderr } = await desk().run("client", command, "nobody");
    expect([code, stdout, stderr]).toEqual([3, "", "not_found: no relying party nobody\n"]);
  });
});

describe("the configuration a command works on", () => {
  const rows: [string, string[], NodeJS.ProcessEnv, RegExp][] = [
    ["none", [], { JPKI_BRIDGE_DATA: "nowhere" }, /name a configuration file with --config, or start the sandbox first/],
    ["one that is not there", ["--config", "none.yaml"], {}, /none\.yaml cannot be read/],
    ["the environment's that is not there", [], { JPKI_BRIDGE_CONFIG: "none.yaml" }, /none\.yaml cannot be read/],
    ["one that is no YAML", ["--config", "two.pem"], {}, /the configuration cannot be used/],
  ];
  test.each(rows)("%s: exit 3 with a sentence", async (_name, parameters, environment, sentence) => {
    const { code, stdout, stderr } = await runCli(["client", "list", ...parameters], desk().directory, environment);
    expect(stderr).toMatch(sentence);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect([code, stdout]).toEqual([3, ""]);
  });
});
