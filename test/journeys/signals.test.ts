import { issuerKeys, verifyLogoutToken, verifySecurityEventToken } from "@jpki-bridge/client-sdk/rp";
import * as client from "openid-client";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { asIdentifier, type ClientId } from "../../src/identifiers.ts";
import { createStream } from "../../src/signals/index.ts";
import { type Delivered, startReceiver, until } from "../signals/delivery-rig.ts";
import { enrolAndSignIn, newPerson, type Person } from "../support/journey.ts";
import { registerRelyingParty, type TestRelyingParty } from "../support/relying-party.ts";
import { startWorld, type World } from "../support/world.ts";

/** From what happens to a person to what their relying party reads of it, by the SDK, over HTTP. */

let world: World;
beforeAll(async () => void (world = await startWorld()));
afterAll(() => world.close());

let party: TestRelyingParty;
let seen: readonly Delivered[];
let answering: () => number;
let person: Person;
let signedIn: { readonly sub: string; readonly sid: string; readonly idToken: string };

/** A relying party that hears of events and of logouts, and somebody who is signed in there. */
beforeEach(async () => {
  answering = () => 202;
  const receiver = await startReceiver(() => answering());
  const origin = receiver.origin.replace("127.0.0.1", "localhost");
  seen = receiver.seen;
  party = await registerRelyingParty(world, { registration: { backchannelLogoutUri: `${origin}/logout` } });
  const settings = { delivery: { method: "push", endpointUrl: `${origin}/events`, authorization: "Bearer receiver" }, eventsRequested: null, description: null } as const;
  await createStream(world.bridge.storage, { clientId: asIdentifier<ClientId>(party.clientId), settings, now: world.now() });
  // What a test before ended counts for the second in which it ended.
  world.advance(2);
  person = newPerson("next-generation");
  const { signIn, callback } = await enrolAndSignIn(world, person, party);
  const tokens = await party.finish(signIn, callback);
  signedIn = { sub: tokens.claims()?.sub ?? "", sid: String(tokens.claims()?.["sid"]), idToken: String(tokens.id_token) };
});

const checks = () => ({ issuer: world.issuer, audience: party.clientId, keys: issuerKeys(String(party.config.serverMetadata().jwks_uri)), now: () => world.now(), remember: () => true });
const at = (path: string): Delivered[] => seen.filter((each) => each.path === path);
const events = async (): Promise<{ type: string | undefined; subject: unknown; members: unknown }[]> =>
  (await Promise.all(at("/events").map(({ token }) => verifySecurityEventToken(token, checks())))).map((verdict) => {
    if (!verdict.valid) throw new Error(verdict.reason);
    return { type: verdict.events[0]?.type.split("/").at(-1), subject: verdict.subject, members: verdict.events[0]?.members };
  });

describe("the certificate is revoked", () => {
  test("once the CRL says so, events and logout arrive, under the pseudonym that this relying party knows", async () => {
    await world.jlis.personas.operate("next-generation", "revoke");
    world.advance(120);
    await world.bridge.status.refresh();
    await until(async () => (await events()).some(({ type }) => type === "session-revoked") && at("/logout").length > 0, 20_000);

    const heard = await events();
    expect(heard.map(({ type }) => type)).toEqual(["credential-change", "assurance-level-change", "session-revoked"]);
    expect(heard.map(({ subject }) => subject)).toEqual(heard.map(() => ({ format: "iss_sub", iss: world.issuer, sub: signedIn.sub })));
    expect(heard[1]?.members).toMatchObject({ namespace: "NIST-IAL", previous_level: "nist-ial3", current_level: "nist-ial1", initiating_entity: "policy" });
    expect(at("/events").every(({ headers }) => headers.authorization === "Bearer receiver")).toBe(true);
    expect(await verifyLogoutToken(at("/logout")[0]?.token ?? "", checks())).toEqual({ valid: true, sid: null, subject: signedIn.sub });
    await world.jlis.personas.operate("next-generation", "reissue");
  });
});

describe("the person signs out", () => {
  test("and waits for nobody: a relying party that is down hears of it once it is back", async () => {
    answering = () => 503;
    const url = client.buildEndSessionUrl(party.config, { id_token_hint: signedIn.idToken, post_logout_redirect_uri: party.redirectUri });
    const page = await person.browser.open(url.href);
    const xsrf = /name="xsrf" value="([^"]*)"/.exec(page.text)?.[1] ?? "";
    const answer = await person.browser.submit(page, "/sign-out/confirm", { xsrf, logout: "yes" });
    expect(answer.headers.get("location")).toContain(party.redirectUri);

    await until(() => at("/logout").length === 1);
    answering = () => 200;
    await until(async () => (await world.bridge.storage.read.outboxEntry.count({ where: { clientId: party.clientId } })) === 0);
    const [first, second] = at("/logout");
    expect(second?.jti).toBe(first?.jti);
    expect(await verifyLogoutToken(second?.token ?? "", checks())).toEqual({ valid: true, sid: signedIn.sid, subject: signedIn.sub });
  });
});
