import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { toBase64 } from "../../src/bytes.ts";
import { makeAuthority } from "../certificates/authority.ts";
import { testKey } from "../certificates/keys.ts";
import { extendedKeyUsage } from "../certificates/extensions.ts";
import { name } from "../certificates/names.ts";
import { verifier } from "../attacks/raw-party.ts";
import { FapiParty } from "../support/fapi-party.ts";
import { enrolOnPhone, linkOf, newPerson, openEnrolment, type Person, reachCallback, returnToBrowser } from "../support/journey.ts";
import { alternativeName, forClients, identity, type Identity, startTlsProxy, type TlsProxy } from "../support/mutual-tls.ts";
import { startWorld, type World } from "../support/world.ts";

const [dns, today] = [alternativeName("dns", "client.example"), Math.floor(Date.now() / 1000)];
const authority = makeAuthority();
const impostor = makeAuthority({ key: testKey("p256", "impostor"), subject: name(["C", "JP"], ["O", "Test"], ["CN", "Authority"]) });
const self = identity("self-signed");
const issued = identity("issued", { by: authority, extensions: [forClients, dns] });

let directory: string;
let proxy: TlsProxy;
let world: World;
let bySelf: FapiParty;
let byAuthority: FapiParty;
beforeAll(async () => {
  directory = mkdtempSync(path.join(tmpdir(), "jpki-bridge-"));
  writeFileSync(path.join(directory, "clients.cer"), authority.certificate);
  proxy = await startTlsProxy();
  world = await startWorld((file) => ({
    ...file,
    listen: { ...file.listen, trusted_proxies: 1 },
    mutual_tls: { origin: proxy.origin, proxies: ["127.0.0.1"], authorities: [path.join(directory, "clients.cer")] },
  }));
  proxy.target = `http://127.0.0.1:${world.bridge.address.port}`;
  bySelf = await FapiParty.register(world, { authentication: "self_signed_tls_client_auth", jwks: { keys: [self.jwk] as object[] }, certificateBound: true });
  byAuthority = await FapiParty.register(world, { authentication: "tls_client_auth", certificateName: { kind: "dns", value: "client.example" }, certificateBound: true });
});
afterAll(async () => {
  await world.close();
  await proxy.close();
  rmSync(directory, { recursive: true, force: true });
});

interface Outcome {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

async function post(client: Identity | null, endpoint: string, parameters: Readonly<Record<string, unknown>>, headers: Record<string, string> = {}): Promise<Outcome> {
  const response = await proxy.fetchAs(client)(`${proxy.origin}${endpoint}`, { method: "POST", headers: { "content-type": "application/x-www-form-urlencoded", ...headers }, body: new URLSearchParams(parameters as Record<string, string>).toString() });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const refused = { status: 401, body: { error: "invalid_client" } };

describe("client authentication by a self-signed certificate", () => {
  test("the registered one is taken", async () => expect(await post(self, "/par", bySelf.parameters())).toMatchObject({ status: 201 }));

  const rows: [string, Identity | null][] = [
    ["none", null],
    ["another", identity("another")],
    ["another with the same name and key identifier", identity("self-signed", { notAfter: today + 3600 })],
    ["one by an authority", issued],
  ];
  test.each(rows)("%s is refused", async (_name, client) => expect(await post(client, "/par", bySelf.parameters())).toMatchObject(refused));
});

describe("client authentication by an authority's certificate", () => {
  test("one with the registered name is taken", async () => expect(await post(issued, "/par", byAuthority.parameters())).toMatchObject({ status: 201 }));

  const by = (label: string, options: Parameters<typeof identity>[1]): Identity => identity(label, { by: authority, extensions: [forClients, dns], ...options });
  const rows: [string, Identity | null][] = [
    ["none", null],
    ["one by an authority of the same name", by("by the impostor", { by: impostor })],
    ["one that signed itself", identity("signed itself", { extensions: [forClients, dns] })],
    ["one with another name", by("other name", { extensions: [forClients, alternativeName("dns", "other.example")] })],
    ["one with a wildcard", by("wildcard", { extensions: [forClients, alternativeName("dns", "*.example")] })],
    ["one with the name of another kind", by("other kind", { extensions: [forClients, alternativeName("uri", "client.example")] })],
    ["one with the name in its subject alone", by("client.example", { extensions: [forClients] })],
    ["one that has expired", by("expired", { notAfter: today - 3600 })],
    ["one for servers", by("for servers", { extensions: [extendedKeyUsage("serverAuth"), dns] })],
  ];
  test.each(rows)("%s is refused", async (_name, client) => expect(await post(client, "/par", byAuthority.parameters())).toMatchObject(refused));
});

describe("the header with the certificate", () => {
  const value = `:${toBase64(self.der)}:`;

  test("from outside is taken away by the proxy", async () => {
    expect(await post(null, "/par", bySelf.parameters(), { "client-cert": value })).toMatchObject(refused);
  });

  const rows: [string, string, Record<string, string>, number][] = [
    ["of the proxy's own address", "127.0.0.1", { "client-cert": value }, 201],
    ["of any other address", "127.0.0.2", { "client-cert": value }, 401],
    ["of another address that claims the proxy's", "127.0.0.2", { "client-cert": value, "x-forwarded-for": "127.0.0.1", forwarded: "for=127.0.0.1" }, 401],
    ["under another name", "127.0.0.1", { "x-client-cert": value }, 401],
    ["twice", "127.0.0.1", { "client-cert": `${value}, ${value}` }, 401],
    ["as bare base64", "127.0.0.1", { "client-cert": toBase64(self.der) }, 401],
    ["as percent-encoded PEM", "127.0.0.1", { "client-cert": encodeURIComponent(self.cert) }, 201],
  ];
  test.each(rows)("%s", async (_name, localAddress, headers, status) => expect(await directly(localAddress, headers)).toBe(status));

  /** Straight to the bridge's port, past the proxy. */
  function directly(localAddress: string, headers: Record<string, string>): Promise<number> {
    const body = new URLSearchParams(bySelf.parameters() as Record<string, string>).toString();
    return new Promise((resolve, reject) => {
      const sent = httpRequest(`${proxy.target}/par`, { method: "POST", localAddress, agent: false, headers: { "content-type": "application/x-www-form-urlencoded", ...headers } }, (answer) => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
      });
      sent.on("error", reject);
      sent.end(body);
    });
  }
});

describe("tokens bound to the client's certificate", () => {
  let person: Person;
  beforeAll(async () => {
    person = newPerson();
    const page = await bySelf.open(person.browser, String((await post(self, "/par", bySelf.parameters())).body["request_uri"]));
    const outcome = await enrolOnPhone(world, person, linkOf(await openEnrolment(person, page, "same")), async () => "");
    if (outcome.next !== "return") throw new Error("expected a return");
    await reachCallback(person, await returnToBrowser(person, outcome.return_url));
  });

  async function tokens(): Promise<{ access: string; refresh: string }> {
    const { body: pushed } = await post(self, "/par", bySelf.parameters());
    const code = new URL(await reachCallback(person, await bySelf.open(person.browser, String(pushed["request_uri"])))).searchParams.get("code");
    const { body } = await post(self, "/token", { grant_type: "authorization_code", client_id: bySelf.clientId, redirect_uri: bySelf.redirectUri, code, code_verifier: verifier });
    return { access: String(body["access_token"]), refresh: String(body["refresh_token"]) };
  }

  test("serve the client that shows it, and nobody else", async () => {
    const { access } = await tokens();
    const ask = async (client: Identity | null): Promise<number> => (await proxy.fetchAs(client)(`${proxy.origin}/userinfo`, { headers: { authorization: `Bearer ${access}` } })).status;
    expect([await ask(self), await ask(identity("another")), await ask(issued), await ask(null)]).toEqual([200, 401, 401, 401]);
    expect((await fetch(`${world.issuer}/userinfo`, { headers: { authorization: `Bearer ${access}` } })).status).toBe(401);
  });

  test("are refreshed with it alone", async () => {
    const { refresh } = await tokens();
    const again = (client: Identity | null): Promise<Outcome> => post(client, "/token", { grant_type: "refresh_token", client_id: bySelf.clientId, refresh_token: refresh });
    expect(await again(identity("another"))).toMatchObject(refused);
    expect(await again(null)).toMatchObject(refused);
    expect(await again(self)).toMatchObject({ status: 200 });
  });
});
