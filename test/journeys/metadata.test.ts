import * as client from "openid-client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fromHex } from "../../src/bytes.ts";
import { sandboxSecurityKey } from "../../src/sandbox/fido/models.ts";
import { type AuthenticatorSettings, SoftwareAuthenticator } from "../passkeys/software-authenticator.ts";
import { HttpBrowser } from "../support/http-browser.ts";
import { enrolAndSignIn, newPerson, type Person, plain, signInAgain, signInWithPasskey } from "../support/journey.ts";
import { registerRelyingParty, type TestRelyingParty } from "../support/relying-party.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let party: TestRelyingParty;
beforeAll(async () => {
  world = await startWorld();
  party = await registerRelyingParty(world);
  await world.bridge.metadata.refresh();
});
afterAll(() => world.close());

const aaguid = fromHex(sandboxSecurityKey.replaceAll("-", "")) ?? new Uint8Array();
/** A person whose passkey is on a security key of the sandbox's own model. */
const withSecurityKey = (persona: string, settings: Partial<AuthenticatorSettings> = {}): Person => ({
  ...newPerson(persona),
  authenticator: new SoftwareAuthenticator({ aaguid, attestation: world.fido.batch, backupEligible: false, backedUp: false, counterStep: 1, ...settings }),
});

async function signedIn(person: Person): Promise<client.TokenEndpointResponse & client.TokenEndpointResponseHelpers> {
  const { signIn, callback } = await signInAgain(world, person, party);
  return party.finish(signIn, callback);
}

/** Enrols, and signs in with the passkey alone in a browser that knows nothing of it. */
async function enrolled(person: Person): Promise<Person> {
  await enrolAndSignIn(world, person, party);
  return { ...person, browser: new HttpBrowser() };
}

const aalOf = (claims: unknown): unknown => (claims as { aal?: unknown } | undefined)?.aal;

async function reported(status: string | null): Promise<void> {
  await world.fido.report(sandboxSecurityKey, status);
  await world.bridge.metadata.refresh();
}

async function modelReceipts(): Promise<unknown[]> {
  const rows = await world.bridge.storage.read.receipt.findMany({ where: { kind: "metadata_status_changed" }, orderBy: { sequence: "asc" } });
  return rows.map(({ personId, detail }) => ({ personId, ...(JSON.parse(detail) as object) }));
}

async function accountPage(person: Person): Promise<{ text: string }> {
  const page = await person.browser.open(`${world.issuer}/account`);
  const offered = await person.browser.postJson(page, "/account/passkey/options", {});
  const credential = person.authenticator.get(offered.body["options"] as never, world.issuer);
  await person.browser.postJson(page, "/account/passkey", { challenge_id: offered.body["challenge_id"], credential });
  return person.browser.open(`${world.issuer}/account?ui_locales=en`);
}

/** What the account page says of each passkey's strength. */
const strengths = ({ text }: { text: string }): (string | undefined)[] => [...(/<h2 id="passkeys">[^]*?<\/section>/.exec(text)?.[0] ?? "").matchAll(/<dt>Strength<\/dt><dd>([^<]*)</g)].map(([, strength]) => strength);

test("a passkey on attested hardware reaches AAL 3; metadata calls its model compromised: AAL 2 from the next token on, and back", async () => {
  const person = await enrolled(withSecurityKey("good-phone"));
  const tokens = await signedIn(person);
  expect(tokens.claims()).toMatchObject({ ial: 3, aal: 3, assurance: { authenticator: { attestation: "verified", backup_eligible: false } } });
  expect(await modelReceipts()).toEqual([]);

  await reported("USER_KEY_REMOTE_COMPROMISE");
  const userinfo = await client.fetchUserInfo(party.config, tokens.access_token, String(tokens.claims()?.sub));
  const refreshed = await client.refreshTokenGrant(party.config, String(tokens.refresh_token));
  // Nobody is signed out: it is the level that falls.
  expect([aalOf(userinfo), aalOf(refreshed.claims()), aalOf((await signedIn({ ...person, browser: new HttpBrowser() })).claims())]).toEqual([2, 2, 2]);
  expect(await modelReceipts()).toEqual([{ personId: null, aaguid: sandboxSecurityKey, status: "bad", passkeys: 1 }]);

  await reported(null);
  expect(aalOf((await client.refreshTokenGrant(party.config, String(refreshed.refresh_token))).claims())).toBe(3);
  expect(await modelReceipts()).toHaveLength(2);
});

test("where AAL 3 is asked for, a passkey of a compromised model is not enough", async () => {
  const person = await enrolled(withSecurityKey("next-generation"));
  await reported("REVOKED");
  const asking = await party.begin({ acr_values: "urn:jpki-bridge:ial3-aal3" });
  const page = await signInWithPasskey(world, person, await person.browser.open(asking.url));
  expect(page.url).toContain("/interaction/");
  await reported(null);
});

const lesser: [string, Partial<AuthenticatorSettings>, object][] = [
  ["without attestation", { attestation: "none" }, { attestation: "none" }],
  ["that attests itself", { attestation: "packed-self" }, { attestation: "self" }],
  ["of a model that is not listed, by a maker that is", { aaguid: new Uint8Array(16).fill(9) }, { attestation: "self" }],
  ["that may be synced, however well attested", { backupEligible: true, backedUp: true }, { attestation: "verified", backup_eligible: true }],
];
test.each(lesser)("a passkey %s ends at AAL 2", async (_name, settings, authenticator) => {
  const person = await enrolled(withSecurityKey("good-card", settings));
  expect((await signedIn(person)).claims()).toMatchObject({ aal: 2, assurance: { authenticator } });
});

test("the account page names the model and shows its icon from our own origin, and says when it is compromised", async () => {
  const person = await enrolled(withSecurityKey("good-phone"));
  const page = await accountPage(person);
  expect(plain(page.text)).toContain("Sandbox security key");
  expect(page.text).toContain(`src="/authenticators/${sandboxSecurityKey}/icon"`);
  expect(strengths(page)).toContain("Very high");
  const japanese = await person.browser.open(`${world.issuer}/account?ui_locales=ja`);
  expect(japanese.text).toContain("サンドボックスのセキュリティキー");

  const icon = await fetch(`${world.issuer}/authenticators/${sandboxSecurityKey}/icon`);
  expect([icon.status, icon.headers.get("content-type"), icon.headers.get("x-content-type-options")]).toEqual([200, "image/png", "nosniff"]);
  expect(icon.headers.get("content-security-policy")).toBe("default-src 'none'; sandbox");
  expect((await fetch(`${world.issuer}/authenticators/${sandboxSecurityKey.replace("7", "8")}/icon`)).status).toBe(404);

  await reported("ATTESTATION_KEY_COMPROMISE");
  const warned = await person.browser.open(`${world.issuer}/account?ui_locales=en`);
  expect(warned.text).toContain("A weakness of this model has been reported");
  expect(new Set(strengths(warned))).toEqual(new Set(["High"]));
  await reported(null);
});
