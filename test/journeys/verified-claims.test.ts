import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import * as client from "openid-client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isAnswer } from "../assurance/verified-claims-schema.ts";
import { presentCertificate } from "../support/attributes.ts";
import { type Answer, HttpBrowser } from "../support/http-browser.ts";
import { enrolAndSignIn, newPerson, type Person, signInWithPasskey } from "../support/journey.ts";
import { registerRelyingParty, type TestRelyingParty } from "../support/relying-party.ts";
import { startWorld, type World } from "../support/world.ts";

/** From the request to the claims: ask, present the signature certificate, consent claim by claim, be told. */

let world: World;
let party: TestRelyingParty;
beforeAll(async () => {
  world = await startWorld();
  party = await registerRelyingParty(world);
});
afterAll(() => world.close());

const verification = { trust_framework: null, assurance_level: null, evidence: [{ type: { value: "electronic_signature" } }] };
const ask = (claims: object | null, place: "id_token" | "userinfo" = "id_token"): Record<string, string> => ({ claims: JSON.stringify({ [place]: { verified_claims: { verification, claims } } }) });
const told = (claims: object): object => ({
  verification: {
    trust_framework: "jp_jpki", assurance_level: "ial3",
    evidence: [{ type: "electronic_signature", signature_type: "jpki_signature", issuer: expect.stringContaining("JPKI for digital signature"), serial_number: "withheld" }],
  },
  claims,
});

type SignIn = Awaited<ReturnType<TestRelyingParty["begin"]>>;

async function enrolled(persona: string): Promise<Person> {
  const person = newPerson(persona);
  await enrolAndSignIn(world, person, party);
  return person;
}

/** Signs in with what is asked for, in a new browser, up to the consent page or the callback. */
async function begin(known: Person, parameters: Record<string, string>, at = party): Promise<{ person: Person; signIn: SignIn; page: Answer }> {
  const signIn = await at.begin(parameters);
  const person = { ...known, browser: new HttpBrowser() };
  return { person, signIn, page: await signInWithPasskey(world, person, await person.browser.open(signIn.url)) };
}

const consentTo = (person: Person, page: Answer, claim?: string): Promise<Answer> =>
  person.browser.submit(page, `${new URL(page.url).pathname}/consent`, claim === undefined ? {} : { verified_claim: claim });

async function tokensOf(signIn: SignIn, answer: Answer, at = party) {
  const tokens = await at.finish(signIn, answer.headers.get("location") ?? "");
  const userinfo = await client.fetchUserInfo(at.config, tokens.access_token, client.skipSubjectCheck);
  const verified = tokens.claims()?.["verified_claims"];
  for (const each of [verified, userinfo["verified_claims"]]) if (each !== undefined) expect(isAnswer(each)).toBe(true);
  return { verified, userinfo: userinfo["verified_claims"], tokens };
}

describe("asked for, presented, consented to, told", () => {
  test("on the same device; the voluntary claim that was not ticked stays unknown; what was decided is remembered", async () => {
    const known = await enrolled("good-phone");
    const asked = ask({ name: { essential: true }, address: null, gender: null });
    const { person, signIn, page } = await begin(known, asked);
    expect(page.text).not.toContain("見本　太郎");
    const consent = await presentCertificate(world, person, page);
    expect(consent.text).toContain("見本　太郎");
    const first = await tokensOf(signIn, await consentTo(person, consent, "address"));
    expect(first.verified).toEqual(told({ name: "見本　太郎", address: { formatted: "東京都千代田区見本町一丁目１番１号", country: "JP" } }));
    expect(first.userinfo).toBeUndefined();

    const again = await begin(known, asked);
    expect((await tokensOf(again.signIn, again.page)).verified).toEqual(first.verified);

    const more = await begin(known, ask({ name: null, birthdate: null }));
    expect(more.page.text).toContain("/consent\"");
    expect((await tokensOf(more.signIn, await consentTo(more.person, more.page, "birthdate"))).verified).toEqual(told({ birthdate: "1985-04-12" }));
  });

  test("on another device; only in userinfo; after a refresh as well", async () => {
    const { person, signIn, page } = await begin(await enrolled("good-card"), { ...ask({ birthdate: { essential: true } }, "userinfo"), scope: "openid offline_access", prompt: "consent" });
    const consent = await presentCertificate(world, person, page, "other");
    const { verified, userinfo, tokens } = await tokensOf(signIn, await consentTo(person, consent));
    expect([verified, userinfo]).toEqual([undefined, told({ birthdate: "1990-11-03" })]);
    const refreshed = await client.refreshTokenGrant(party.config, tokens.refresh_token ?? "");
    expect(await client.fetchUserInfo(party.config, refreshed.access_token, client.skipSubjectCheck)).toMatchObject({ verified_claims: told({ birthdate: "1990-11-03" }) });
  });

  test("several requests in an array, each answered for itself", async () => {
    const known = await enrolled("next-generation");
    const met = { verification: { trust_framework: { value: "jp_jpki" } }, claims: { gender: { essential: true } } };
    const unmet = { verification: { trust_framework: { value: "eidas" } }, claims: { name: { essential: true } } };
    const { person, signIn, page } = await begin(known, { claims: JSON.stringify({ id_token: { verified_claims: [unmet, met] } }) });
    const consent = await presentCertificate(world, person, page);
    const { verified } = await tokensOf(signIn, await consentTo(person, consent));
    expect(verified).toEqual([{ verification: { trust_framework: "jp_jpki" }, claims: { gender: "male" } }]);
  });
});

describe("not told", () => {
  test("without a signature certificate: the evidence of the sign-in, and no claim", async () => {
    const { person, signIn, page } = await begin(await enrolled("new-phone"), ask({ name: null }));
    const { verified } = await tokensOf(signIn, await consentTo(person, page, "name"));
    expect(verified).toMatchObject({ verification: { evidence: [{ signature_type: "jpki_user_authentication" }] }, claims: {} });
  });

  test("to another relying party, until the person consents there too", async () => {
    const { person, signIn, page } = await begin(await enrolled("good-phone"), ask({ name: { essential: true } }));
    await tokensOf(signIn, await consentTo(person, await presentIfAsked(person, page)));
    const other = await registerRelyingParty(world);
    const silent = await begin(person, {}, other);
    expect((await tokensOf(silent.signIn, await consentTo(silent.person, silent.page), other)).verified).toBeUndefined();
    const asking = await other.begin({ ...ask({ name: null }), prompt: "none" });
    const answer = await silent.person.browser.open(asking.url);
    expect(new URL(answer.headers.get("location") ?? "").searchParams.get("error")).toBe("consent_required");
  });

  test("what a random value or framework asks for", async () => {
    const known = await enrolled("good-phone");
    for (const [request, expected] of [
      [{ verification: { trust_framework: { value: "x7Q-random" } }, claims: { name: null } }, undefined],
      [{ verification: { trust_framework: null }, claims: { name: { value: "x7Q-random" }, "ＵＲＬ%&\"<>": null } }, { verification: { trust_framework: "jp_jpki" }, claims: {} }],
    ] as const) {
      const { person, signIn, page } = await begin(known, { claims: JSON.stringify({ id_token: { verified_claims: request } }) });
      const answer = page.status === 200 ? await consentTo(person, page, "name") : page;
      expect((await tokensOf(signIn, answer)).verified).toEqual(expected);
    }
  });

  test("once the certificate is revoked; and of the certificate nothing is kept then", async () => {
    const { person, signIn, page } = await begin(await enrolled("renewed"), ask({ name: { essential: true } }, "userinfo"));
    const { userinfo, tokens } = await tokensOf(signIn, await consentTo(person, await presentCertificate(world, person, page)));
    expect(userinfo).toMatchObject({ claims: { name: "試験　楓" } });
    await revoke("renewed", "signature");
    world.advance(10);
    const after = await client.fetchUserInfo(party.config, tokens.access_token, client.skipSubjectCheck);
    expect(after["verified_claims"]).toMatchObject({ claims: {}, verification: { evidence: [{ signature_type: "jpki_user_authentication" }] } });
    const kinds = (await world.bridge.storage.read.receipt.findMany({ where: { kind: "attributes_dropped" } })).map(({ detail }) => JSON.parse(detail) as { reason: string });
    expect(kinds).toContainEqual(expect.objectContaining({ reason: "revoked" }));
  });

  test("once the certificate is revoked that the sign-in rests on, though the other is good", async () => {
    const known = await enrolled("good-card");
    const first = await begin(known, ask({ name: { essential: true } }));
    expect((await tokensOf(first.signIn, await consentTo(first.person, await presentCertificate(world, first.person, first.page)))).verified).toBeDefined();
    await revoke("good-card", "user-authentication");
    world.advance(10);
    const again = await begin(known, ask({ name: { essential: true } }));
    const { verified, tokens } = await tokensOf(again.signIn, again.page);
    expect(tokens.claims()).toMatchObject({ ial: 1 });
    expect(verified).toBeUndefined();
  });
});

const presentIfAsked = (person: Person, page: Answer): Promise<Answer> => (page.text.includes("/attributes\"") ? presentCertificate(world, person, page) : Promise.resolve(page));

/** One of the two certificates alone: that for signatures as when somebody moves house. */
async function revoke(persona: string, which: "signature" | "user-authentication"): Promise<void> {
  const held = world.jlis.authority.certificates.filter(({ holder, use, state }) => holder === persona && use === which && state.kind === "good");
  await world.jlis.authority.revoke(held, "affiliationChanged");
}

describe("a request that is none", () => {
  const rows: readonly (readonly [string, unknown])[] = [
    ["claims empty", { verification: { trust_framework: null }, claims: {} }],
    ["without a framework", { verification: {}, claims: { name: null } }],
    ["text", "all"],
  ];
  test.each(rows)("%s: invalid_request", async (_name, verified_claims) => {
    await expect(party.begin({ claims: JSON.stringify({ id_token: { verified_claims } }) })).rejects.toMatchObject({ error: "invalid_request" });
  });
});

test("at rest and in the log there is nothing of what the certificates state", async () => {
  const files = readdirSync(world.directory).filter((name) => name.startsWith("jpki-bridge.db")).map((name) => readFileSync(path.join(world.directory, name)));
  const everything = [...files.map((file) => file.toString("utf8")), ...world.logs].join("\n");
  for (const value of ["見本　太郎", "見本　花子", "東京都千代田区見本町", "19850412", "1985-04-12"]) expect(everything).not.toContain(value);
});

test("discovery names what is supported", async () => {
  const metadata = (await (await fetch(`${world.issuer}/.well-known/openid-configuration`)).json()) as Record<string, unknown>;
  expect(metadata).toMatchObject({
    verified_claims_supported: true, trust_frameworks_supported: ["jp_jpki"], evidence_supported: ["electronic_signature"],
    claims_in_verified_claims_supported: ["name", "birthdate", "gender", "address"], claims_parameter_supported: true,
    claims_supported: expect.arrayContaining(["verified_claims"]),
  });
});
