import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { secondsOf } from "../../src/cli/client-options.ts";
import { askForRegistration } from "../../src/cli/client-questions.ts";
import { publicKey } from "../relying-parties/registrations.ts";
import { desk } from "./run-cli.ts";

const basics = ["--name", "サービス", "--redirect-uri", "https://rp.example/callback/jpki"];

describe("client add in every shape", () => {
  const rows: [string, string[], Record<string, unknown>][] = [
    ["FAPI 2.0", ["--profile", "fapi2"], { profile: "fapi2", require_pushed_authorization_requests: true, dpop_bound_access_tokens: true, token_endpoint_auth_method: "private_key_jwt" }],
    ["message signing", ["--profile", "fapi2", "--message-signing", "--client-alg", "PS256"], { message_signing: true, request_object_signing_alg: "PS256", jwks: { keys: [expect.objectContaining({ kty: "RSA", alg: "PS256" })] } }],
    ["Ed25519", ["--client-alg", "Ed25519"], { token_endpoint_auth_signing_alg: "Ed25519", jwks: { keys: [expect.objectContaining({ kty: "OKP" })] } }],
    ["a client certificate", ["--auth", "tls_client_auth", "--certificate-name", "dns:rp.example"], { tls_client_auth_san_dns: "rp.example" }],
    ["a television", ["--device-flow"], { grant_types: expect.arrayContaining(["urn:ietf:params:oauth:grant-type:device_code"]) }],
    ["CIBA by ping", ["--ciba", "ping", "--ciba-notification-uri", "https://rp.example/ping"], { backchannel_token_delivery_mode: "ping", backchannel_client_notification_endpoint: "https://rp.example/ping" }],
    ["Apache, which has a secret", ["--for", "apache"], { token_endpoint_auth_method: "client_secret_basic", configurations: { apache: expect.stringContaining("OIDCClientID c1") } }],
    ["all software that can", ["--for", "all"], { configurations: { "openid-client": expect.any(String), authjs: expect.any(String), apache: expect.any(String), spring: expect.any(String) } }],
  ];
  test.each(rows)("%s", async (_name, parameters, expected) => {
    const { json } = desk();
    const added = await json("client", "add", "c1", ...basics, ...parameters, ...(parameters.includes("all") ? ["--auth", "client_secret_basic"] : []));
    expect(added).toMatchObject(expected);
  });

  const refused: [string, string[], number, RegExp][] = [
    ["unknown software", ["--for", "word"], 2, /^--for: must be openid-client, apache, authjs or spring\ntry: npx jpki-bridge client add --help\n$/],
    ["an unknown profile", ["--profile", "fapi1"], 2, /^--profile: must be fapi2\ntry: npx jpki-bridge client add --help\n$/],
    ["what the software cannot do", ["--for", "apache", "--par"], 3, /apache: it knows no pushed requests/],
    ["Auth.js without its callback", ["--for", "authjs", "--redirect-uri", "https://rp.example/back"], 3, /authjs: the redirect URI must end with \/callback\//],
  ];
  test.each(refused)("%s is refused, and neither client nor key is left", async (_name, parameters, expected, sentence) => {
    const { run, json, directory } = desk();
    const { code, stderr } = await run("client", "add", "c1", ...(parameters.includes("--redirect-uri") ? basics.slice(0, 2) : basics), ...parameters);
    expect(stderr).toMatch(sentence);
    expect([code, await json("client", "list"), existsSync(path.join(directory, "client-key.json"))]).toEqual([expected, [], false]);
  });

  test("the configuration again later, without any secret in it", async () => {
    const { run, json } = desk();
    const { client_secret: secret } = await json<{ client_secret: string }>("client", "add", "c1", ...basics, "--auth", "client_secret_basic");
    const again = await run("client", "connect", "c1", "--for", "all");
    expect([again.code, again.stdout.includes(secret)]).toEqual([0, false]);
    expect(again.stdout).toContain("configuration for openid-client");
    expect(Object.keys(await json("client", "connect", "c1", "--for", "spring"))).toEqual(["spring"]);
  });
});

describe("client rotate-secret and rotate-key", () => {
  test("a new secret, told this once; the earlier one ended before its time", async () => {
    const { run, json } = desk();
    const { client_secret: first } = await json<{ client_secret: string }>("client", "add", "c1", ...basics, "--auth", "client_secret_basic");
    const rotated = await json<{ client_secret: string; earlier_until: number }>("client", "rotate-secret", "c1", "--overlap", "1h");
    expect(rotated.client_secret).not.toBe(first);
    expect(rotated.earlier_until - Date.now() / 1000).toBeGreaterThan(3500);
    expect((await run("client", "doctor", "c1")).stdout).toMatch(/client_secret: the secret before counts until .*\n.*rotate-secret c1 --retire/);
    expect((await run("client", "rotate-secret", "c1", "--retire")).stdout).toBe("of c1 the newest secret alone counts\n");
    expect((await run("client", "doctor", "c1")).stdout).not.toContain("client_secret:");
  });

  test("a new key beside the one before, and a trial request is tried with it", async () => {
    const { run, json, directory } = desk();
    await run("client", "add", "c1", ...basics);
    const rotated = await json<{ kid: string; key_file: string }>("client", "rotate-key", "c1");
    expect(statSync(path.join(directory, rotated.key_file)).mode & 0o777).toBe(0o600);
    const keys = (await json<{ jwks: { keys: { kid: string; exp?: number }[] } }>("client", "show", "c1")).jwks.keys;
    expect(keys.map(({ kid, exp }) => [kid === rotated.kid, exp === undefined])).toEqual([[true, true], [false, false]]);
    expect((await run("client", "doctor", "c1", "--key-file", rotated.key_file)).stdout).toMatch(/not tried {2}trial_request: no request was pushed: the bridge does not answer/);
    await run("client", "rotate-key", "c1", "--retire");
    expect((await json<{ jwks: { keys: unknown[] } }>("client", "show", "c1")).jwks.keys).toHaveLength(1);
  });

  const refused: [string, string[], RegExp][] = [
    ["a time that is too long", ["rotate-key", "c1", "--overlap", "100d"], /--overlap: at most 90d\n$/],
    ["a time that is none", ["rotate-key", "c1", "--overlap", "soon"], /--overlap: a length of time/],
    ["a secret of a client with keys", ["rotate-secret", "c1"], /c1 has no secret/],
    ["a key that is there already", ["rotate-key", "c1", "--jwk", "jwk.json"], /kid: another key of this client has it/],
    ["nobody's key", ["rotate-key", "nobody"], /no relying party nobody/],
  ];
  test.each(refused)("%s: refused, and no key file is left", async (_name, parameters, sentence) => {
    const { run, directory } = desk();
    writeFileSync(path.join(directory, "jwks.json"), JSON.stringify({ keys: [publicKey] }));
    writeFileSync(path.join(directory, "jwk.json"), JSON.stringify(publicKey));
    await run("client", "add", "c1", ...basics, "--jwks", "jwks.json");
    const { code, stderr } = await run("client", ...parameters);
    expect(stderr).toMatch(sentence);
    expect([code, existsSync(path.join(directory, "client-key-new.json"))]).toEqual([3, false]);
  });

  const times: [string, number][] = [["90", 90], ["90s", 90], ["30m", 1800], ["12h", 43_200], ["7d", 604_800]];
  test.each(times)("%s is %i seconds", (text, seconds) => expect(secondsOf("--overlap", text, 604_800)).toBe(seconds));
});

describe("client add, asking", () => {
  const options = { clientAlg: "ES256", idTokenAlg: "ES256", keyFile: "k.json" };
  const answering = (answers: readonly string[]): { asked: string[]; ask: (question: string) => Promise<string> } => {
    const left = [...answers];
    const asked: string[] = [];
    return { asked, ask: async (question) => (asked.push(question), left.shift() ?? "") };
  };

  test("Enter alone takes what is usual", async () => {
    const { asked, ask } = answering(["Green Library"]);
    expect(await askForRegistration(undefined, options, ask)).toEqual({
      clientId: "green-library",
      options: { ...options, name: "Green Library", redirectUri: ["http://localhost:8080/callback"], minimumIal: "3", minimumAal: "2", for: ["openid-client"] },
    });
    expect(asked.join("\n")).toMatch(/client id.*\[green-library\]/);
  });

  test("what is said is asked no more, and what will not do is asked again with the reason", async () => {
    const { asked, ask } = answering(["", "図書館", "a b", "library", "authjs", "http://rp.example/", "https://rp.example/callback/jpki", "1", "4", "1"]);
    const { clientId, options: answered } = await askForRegistration(undefined, options, ask);
    expect([clientId, answered.redirectUri, answered.for, answered.minimumIal, answered.minimumAal]).toEqual(["library", ["https://rp.example/callback/jpki"], ["authjs"], "1", "1"]);
    expect(asked.filter((question) => question.startsWith("  "))).toEqual([expect.stringContaining("it needs a name"), expect.stringContaining("letters, digits"), expect.stringContaining("must be https"), expect.stringContaining("one of 1, 2, 3")]);
    expect(asked.join()).not.toContain("FAPI");
  });

  test("FAPI 2.0 for who wants it", async () => {
    const { ask } = answering(["other", "", "yes"]);
    const { options: answered } = await askForRegistration("c1", { ...options, name: "S" }, ask);
    expect([answered.profile, answered.for]).toEqual(["fapi2", []]);
  });
});

describe("what went wrong, for programs", () => {
  const rows: [string, string[], number, string, RegExp][] = [
    ["nobody", ["client", "show", "nobody"], 3, "not_found", /^no relying party nobody$/],
    ["wrong usage", ["client", "add", "c1", ...basics, "--auth", "none"], 2, "usage", /^--auth: must be /],
    ["a missing option", ["client", "add", "c1"], 2, "usage", /^required option '--name <name>' not specified$/],
    ["a missing argument", ["client", "show"], 2, "usage", /^missing required argument 'client-id'$/],
    ["an unknown command", ["client", "lst"], 2, "usage", /^unknown command 'lst' \(Did you mean list\?\)$/],
    ["an unknown algorithm", ["keys", "rotate", "--algorithm", "none"], 2, "usage", /^--algorithm: must be ES256 or /],
    ["no configuration", ["client", "list", "--config", "none.yaml"], 3, "configuration", /none\.yaml/],
    ["no registration by themselves", ["client", "token"], 3, "operation_not_possible", /^relying parties cannot register themselves here: /],
  ];
  test.each(rows)("%s", async (_name, parameters, expected, error, description) => {
    const { code, stdout, stderr } = await desk().run(...parameters, "--json");
    expect([code, stdout, JSON.parse(stderr)]).toEqual([expected, "", { error, error_description: expect.stringMatching(description) as string }]);
  });
});

test("the key that is made is the one registered", async () => {
  const { run, json, directory } = desk();
  await run("client", "add", "c1", ...basics, "--key-file", "k.json");
  const { d: _private, ...published } = JSON.parse(readFileSync(path.join(directory, "k.json"), "utf8")) as Record<string, string>;
  expect((await json<{ jwks: { keys: unknown[] } }>("client", "show", "c1")).jwks.keys).toEqual([published]);
});
