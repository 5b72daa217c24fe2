import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { Auth, type AuthConfig, skipCSRFCheck } from "@auth/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { orThrow } from "../../src/errors.ts";
import { addRelyingParty, makeClientKey, metadataOf, readyConfiguration, type RegistrationRequest, type Software } from "../../src/relying-parties/index.ts";
import { enrolAndSignIn, newPerson, type Person, reachCallback, signInWithPasskey } from "../support/journey.ts";
import { registerRelyingParty } from "../support/relying-party.ts";
import { startWorld, type World } from "../support/world.ts";
import { registration } from "./registrations.ts";

/** What the module for openid-client exports. */
interface SignInModule {
  begin(): Promise<{ url: URL; verifier: string; state: string; nonce: string }>;
  finish(callback: URL, begun: unknown): Promise<Record<string, unknown>>;
}

let world: World;
let person: Person;
let directory: string;
let count = 0;

beforeAll(async () => {
  world = await startWorld();
  directory = mkdtempSync(path.join(tmpdir(), "jpki-bridge-connect-"));
  symlinkSync(path.resolve("node_modules"), path.join(directory, "node_modules"));
  person = newPerson();
  await enrolAndSignIn(world, person, await registerRelyingParty(world));
});
afterAll(async () => {
  await world.close();
  rmSync(directory, { recursive: true, force: true });
});

/** Registers, and writes the configuration as `client add` prints it; its secret is in the environment. */
async function connected(software: Software, changes: Partial<RegistrationRequest>): Promise<{ file: string; text: string }> {
  count += 1;
  const clientId = `connect-${count}`;
  const bySecret = changes.authentication === "client_secret_basic";
  const key = await makeClientKey(changes.clientAlgorithm ?? "ES256");
  const metadata = orThrow(metadataOf({
    clientId, name: "S", redirectUris: [`http://localhost:49${String(count).padStart(2, "0")}/api/auth/callback/jpki`], authentication: "private_key_jwt",
    ...(!bySecret && { jwks: { keys: [key.publicKey] } }), ...changes,
  }));
  const { secret } = await addRelyingParty(world.bridge.storage, metadata, world.now());
  process.env["CLIENT_SECRET"] = secret ?? "";
  const keyFile = path.join(directory, `key-${count}.json`);
  writeFileSync(keyFile, JSON.stringify(key.privateKey));
  const text = orThrow(readyConfiguration(software, { issuer: world.issuer, metadata, keyFile }));
  const file = path.join(directory, software === "authjs" ? `auth-${count}.ts` : `sign-in-${count}.mjs`);
  writeFileSync(file, text);
  return { file, text };
}

/** Goes through the bridge as the person; the URL at which the relying party is called back. */
async function callbackOf(url: string): Promise<string> {
  const page = await person.browser.open(url);
  return reachCallback(person, page.status === 200 && page.text.includes("/passkey/options") ? await signInWithPasskey(world, person, page) : page);
}

describe("the configuration for openid-client, as printed, signs in", () => {
  const rows: [string, Partial<RegistrationRequest>][] = [
    ["by key", {}],
    ["by secret", { authentication: "client_secret_basic" }],
    ["with an Ed25519 key and RS256 ID tokens", { clientAlgorithm: "Ed25519", signingAlgorithm: "RS256" }],
    ["with pushed requests", { requirePushedRequests: true }],
    ["with levels", { minimumIal: 3, minimumAal: 2 }],
    ["under FAPI 2.0", { profile: "fapi2" }],
    ["under FAPI 2.0 by an RSA key", { profile: "fapi2", clientAlgorithm: "PS256" }],
    ["with message signing", { profile: "fapi2", messageSigning: true }],
  ];
  test.each(rows)("%s", async (_name, changes) => {
    const { file } = await connected("openid-client", changes);
    const { begin, finish } = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as SignInModule;
    const begun = await begin();
    const claims = await finish(new URL(await callbackOf(begun.url.href)), begun);
    expect(claims).toMatchObject({ iss: world.issuer, aud: `connect-${count}`, ial: 3, aal: expect.any(Number) });
  });
});

describe("the configuration for Auth.js, as printed", () => {
  test("is of Auth.js's types, and signs in", async () => {
    const { file } = await connected("authjs", { authentication: "client_secret_basic", minimumIal: 3 });
    const options = ["--noEmit", "--strict", "--module", "nodenext", "--moduleResolution", "nodenext", "--skipLibCheck", "--types", "node", "--typeRoots", path.resolve("node_modules/@types")];
    const checked = await promisify(execFile)(process.execPath, [path.resolve("node_modules/typescript/bin/tsc"), ...options, file], { cwd: directory }).catch((error: { stdout: string }) => error);
    expect(checked.stdout).toBe("");

    const { authConfig } = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as { authConfig: AuthConfig };
    const config: AuthConfig = { ...authConfig, secret: "a secret of the test alone", trustHost: true, basePath: "/api/auth", skipCSRFCheck };
    const origin = `http://localhost:49${String(count).padStart(2, "0")}`;
    const cookies = new Map<string, string>();
    const ask = async (request: Request): Promise<Response> => {
      request.headers.set("cookie", [...cookies].map(([name, value]) => `${name}=${value}`).join("; "));
      const response = (await Auth(request, config)) as Response;
      for (const cookie of response.headers.getSetCookie()) cookies.set(cookie.slice(0, cookie.indexOf("=")), cookie.slice(cookie.indexOf("=") + 1).split(";")[0] ?? "");
      return response;
    };
    const begun = await ask(new Request(`${origin}/api/auth/signin/jpki`, { method: "POST", headers: { "content-type": "application/x-www-form-urlencoded" } }));
    expect(begun.headers.get("location")).toContain("acr_values=urn%3Ajpki-bridge%3Aial3-aal1");
    const ended = await ask(new Request(await callbackOf(begun.headers.get("location") ?? "")));
    expect([ended.status, ended.headers.get("location")]).toEqual([302, origin]);
    expect(await (await ask(new Request(`${origin}/api/auth/session`))).json()).toMatchObject({ user: {}, expires: expect.any(String) });
  });
});

const bySecret = (changes: Partial<RegistrationRequest> = {}): Partial<RegistrationRequest> => ({ authentication: "client_secret_basic", jwks: undefined as never, ...changes });
const written = (software: Software, changes: Partial<RegistrationRequest>): string => {
  const verdict = readyConfiguration(software, { issuer: "https://bridge.example", keyFile: "client-key.json", metadata: orThrow(metadataOf(registration(changes))) });
  return verdict.valid ? verdict.value : verdict.at;
};

describe("the configuration for Apache", () => {
  test("names what the bridge demands, and every level that is enough", () => {
    const text = written("apache", bySecret({ minimumIal: 2, minimumAal: 3 }));
    const directives = Object.fromEntries(text.split("\n").filter((line) => line.startsWith("OIDC")).map((line) => line.split(/ (.*)/).slice(0, 2)));
    expect(directives).toMatchObject({
      OIDCProviderMetadataURL: "https://bridge.example/.well-known/openid-configuration", OIDCClientID: "service-1", OIDCClientSecret: "${CLIENT_SECRET}", OIDCPKCEMethod: "S256", OIDCIDTokenSignedResponseAlg: "ES256",
      OIDCRedirectURI: "https://rp.example/callback", OIDCAuthRequestParams: "acr_values=urn%3Ajpki-bridge%3Aial2-aal3", OIDCResponseType: "code",
    });
    expect(text.match(/Require claim .*/g)).toEqual(["Require claim ial:2", "Require claim ial:3", "Require claim aal:3"]);
    for (const section of ["Location", "RequireAll", "RequireAny"]) expect(text.split(`<${section}`).length).toBe(text.split(`</${section}>`).length);
  });
});

describe("the configuration for Spring", () => {
  const rows: [string, Partial<RegistrationRequest>, string, readonly string[]][] = [
    ["by key", {}, "private_key_jwt", ["NimbusJwtClientAuthenticationParametersConverter", 'Path.of("client-key.json")']],
    ["by secret, with a level", bySecret({ minimumIal: 3 }), "client_secret_basic", ['"acr_values", "urn:jpki-bridge:ial3-aal1"']],
    ["with RS256", { signingAlgorithm: "RS256" }, "private_key_jwt", ["SignatureAlgorithm.RS256"]],
  ];
  test.each(rows)("%s", (_name, changes, method, contained) => {
    const text = written("spring", changes);
    const [yaml = "", java = ""] = text.split("// JpkiBridgeSignIn.java");
    expect(parse(yaml)).toMatchObject({ spring: { security: { oauth2: { client: { registration: { "jpki-bridge": { "client-id": "service-1", "client-authentication-method": method, scope: "openid" } }, provider: { "jpki-bridge": { "issuer-uri": "https://bridge.example" } } } } } } });
    for (const part of ["withPkce()", ...contained]) expect(java).toContain(part);
    for (const [open, close] of [["{", "}"], ["(", ")"]] as const) expect(java.split(open).length).toBe(java.split(close).length);
  });
});

describe("what software cannot do is refused with a way out", () => {
  const rows: [string, Software, Partial<RegistrationRequest>, RegExp][] = [
    ["a key for Apache", "apache", {}, /--auth client_secret_basic/],
    ["pushed requests for Apache", "apache", bySecret({ requirePushedRequests: true }), /without --par/],
    ["a key for Auth.js", "authjs", { redirectUris: ["https://rp.example/api/auth/callback/x"] }, /--auth client_secret_basic/],
    ["a redirect URI that Auth.js does not have", "authjs", bySecret(), /\/callback\//],
    ["FAPI 2.0 for Spring", "spring", { profile: "fapi2" }, /without --par/],
    ["another key algorithm for Spring", "spring", { clientAlgorithm: "PS256" }, /--client-alg ES256/],
    ["certificates for openid-client", "openid-client", { authentication: "self_signed_tls_client_auth" }, /private_key_jwt or client_secret_basic/],
  ];
  test.each(rows)("%s", (_name, software, changes, sentence) => expect(written(software, changes)).toMatch(sentence));
});

test("names of a registration end no string and no line of a configuration", () => {
  const odd = registration({ redirectUris: ["https://rp.example/callback/x?a='\"b${c}`"].map((uri) => uri.replace(/["`{}]/g, (character) => encodeURIComponent(character))) });
  const metadata = orThrow(metadataOf(odd));
  const text = orThrow(readyConfiguration("openid-client", { issuer: "https://bridge.example", keyFile: 'a"b\n.json', metadata }));
  expect(text).toContain(String.raw`readFile("a\"b\n.json", "utf8")`);
});
