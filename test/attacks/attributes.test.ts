import { DpopKey, type EnrolmentStatement } from "@jpki-bridge/client-sdk";
import * as client from "openid-client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { presentCertificate } from "../support/attributes.ts";
import { type Answer, HttpBrowser } from "../support/http-browser.ts";
import { type Person, signInWithPasskey } from "../support/journey.ts";
import { registerRelyingParty } from "../support/relying-party.ts";
import { imageOf, type Proof, signedBy } from "./device.ts";
import { challengedDevice, enrolledPerson, expectRefused, expectRefusedPage, hasAccountSession, opened, openAtAccount, returnCodeOf, script, type Setting, startSetting } from "./setting.ts";
import { stateOf, transactionState, unchangedBy } from "./state.ts";

/** The signature certificate of somebody else, or without its holder, or where none belongs. */

let setting: Setting;
let owner: Person;
let attacker: Person;
beforeAll(async () => {
  setting = await startSetting();
  owner = await enrolledPerson(setting.world, "good-card");
  attacker = await enrolledPerson(setting.world, "good-phone");
});
afterAll(() => setting.close());

/** Opens the transaction on the account page of a person who is signed in there. */
async function challenged(person: Person, device: "same" | "other" = "same") {
  const { world } = setting;
  const page = await person.browser.open(`${world.issuer}/account/attributes`);
  const opening = opened(person, await person.browser.submit(page, "/account/attributes", { device }));
  return { ...opening, ...(await challengedDevice(world, opening)) };
}

/** What the signature key of a persona's card signs. */
async function bySignatureKey(persona: string, statement: EnrolmentStatement): Promise<Proof> {
  const { signature } = await imageOf(setting.world, persona);
  if (signature === null) throw new Error("no signature key");
  return signedBy({ authentication: { ...signature, pin: "1234" }, signature: null }, statement);
}

const byAuthenticationKey = async (persona: string, statement: EnrolmentStatement): Promise<Proof> => signedBy(await imageOf(setting.world, persona), statement);
const evidence = async (): Promise<unknown> => (await stateOf(setting.world)).rows["evidence"];

describe("a proof with attributes is refused", () => {
  type Make = (statement: EnrolmentStatement) => Promise<object>;
  const both = async (statement: EnrolmentStatement, attributes: Promise<Proof>): Promise<object> => ({ ...(await byAuthenticationKey("good-phone", statement)), attributes: await attributes });
  const rows: readonly (readonly [string, Make, Parameters<typeof expectRefused>[1]])[] = [
    ["by another person's card altogether", async (statement) => ({ ...(await byAuthenticationKey("good-card", statement)), attributes: await bySignatureKey("good-card", statement) }), "person_mismatch"],
    ["the certificate of another's card, signed by one's own", async (statement) => {
      const own = await bySignatureKey("good-phone", statement);
      return both(statement, Promise.resolve({ ...own, certificate: (await bySignatureKey("good-card", statement)).certificate }));
    }, "proof_invalid"],
    ["the authentication certificate in its place", (statement) => both(statement, byAuthenticationKey("good-phone", statement)), "untrusted_issuer"],
    ["the signature certificate in both places", async (statement) => ({ ...(await bySignatureKey("good-phone", statement)), attributes: await bySignatureKey("good-phone", statement) }), "untrusted_issuer"],
    ["signed for another transaction", (statement) => both(statement, bySignatureKey("good-phone", { ...statement, txn: "another" })), "proof_invalid"],
    ["signed for another purpose", (statement) => both(statement, bySignatureKey("good-phone", { ...statement, purpose: "step-up" })), "proof_invalid"],
    ["signed under another ephemeral key", async (statement) => both(statement, bySignatureKey("good-phone", { ...statement, jkt: (await DpopKey.generate()).thumbprint })), "proof_invalid"],
    ["with the signature of the other key", async (statement) => {
      const { signature } = await byAuthenticationKey("good-phone", statement);
      return both(statement, bySignatureKey("good-phone", statement).then((proof) => ({ ...proof, signature })));
    }, "proof_invalid"],
  ];
  test.each(rows)("%s", async (_name, make, code) => {
    const { device, statement, transaction } = await challenged(attacker);
    const before = await evidence();
    expectRefused(await device.post("proof", await make(statement)), code);
    expect(await transactionState(setting.world, transaction)).toBe("failed");
    expect(await evidence()).toEqual(before);
  });
});

describe("of a form that is not asked for, before anything is used up", () => {
  const rows: readonly (readonly [string, (statement: EnrolmentStatement) => Promise<object>])[] = [
    ["without attributes", (statement) => byAuthenticationKey("good-phone", statement)],
    ["attributes null", async (statement) => ({ ...(await byAuthenticationKey("good-phone", statement)), attributes: null })],
    ["attributes without a signature", async (statement) => ({ ...(await byAuthenticationKey("good-phone", statement)), attributes: { certificate: "AAAA" } })],
  ];
  test.each(rows)("%s", async (_name, make) => {
    const { device, statement } = await challenged(attacker);
    const proof = await make(statement);
    expectRefused(await unchangedBy(setting.world, () => device.post("proof", proof)), "invalid_request");
  });

  test("attributes where an enrolment is asked for", async () => {
    const { device, statement } = await challengedDevice(setting.world, await openAtAccount(setting.world, "same"));
    const proof = { ...(await device.proof(statement, "good-phone")), attributes: await bySignatureKey("good-phone", statement) };
    expectRefused(await unchangedBy(setting.world, () => device.post("proof", proof)), "invalid_request");
    expect((await device.prove(await device.proof(statement, "good-phone"))).body).toEqual({ next: "passkey" });
  });
});

test("a certificate that is one person's is nobody else's, though the holder of both cards has both PINs", async () => {
  const first = await challenged(owner);
  const right = { ...(await byAuthenticationKey("good-card", first.statement)), attributes: await bySignatureKey("good-card", first.statement) };
  expect((await first.device.post("proof", right)).body).toMatchObject({ next: "return" });
  const second = await challenged(attacker);
  const borrowed = { ...(await byAuthenticationKey("good-phone", second.statement)), attributes: await bySignatureKey("good-card", second.statement) };
  expectRefused(await second.device.post("proof", borrowed), "person_mismatch");
});

test("the way back signs nobody in: another browser gets nothing by its code", async () => {
  const { device, statement } = await challenged(owner);
  const proved = await device.post("proof", { ...(await byAuthenticationKey("good-card", statement)), attributes: await bySignatureKey("good-card", statement) });
  const stranger = new HttpBrowser();
  expectRefused(await script(stranger, setting.world, "/enrolment/return", returnCodeOf(proved)), "return_code_invalid");
  expect(await hasAccountSession(stranger, setting.world)).toBe(false);
});

describe("pages", () => {
  const rows: readonly (readonly [string, string])[] = [
    ["presenting", "/account/attributes"],
    ["deleting", "/account/attributes/forget"],
    ["withholding", "/account/services/client-1/verified-claims/name/withhold"],
  ];
  test.each(rows)("%s takes a session", async (_name, path) => {
    const browser = new HttpBrowser();
    const page = await browser.open(`${setting.world.issuer}/account`);
    expectRefusedPage(await unchangedBy(setting.world, () => browser.submit(page, path, { device: "same" })), "sign_in_required");
  });

  test("a request that asks for no verified claims opens no way to present", async () => {
    const party = await registerRelyingParty(setting.world);
    const browser = new HttpBrowser();
    const page = await browser.open((await party.begin()).url);
    expectRefusedPage(await unchangedBy(setting.world, () => browser.submit(page, `${new URL(page.url).pathname}/attributes`, { device: "same" })), "operation_not_possible");
  });
});

test("a claim that is taken back on the account page is told no more, by tokens that are out either", async () => {
  const { world } = setting;
  const party = await registerRelyingParty(world);
  const claims = { userinfo: { verified_claims: { verification: { trust_framework: null }, claims: { gender: { essential: true } } } } };
  const signIn = await party.begin({ claims: JSON.stringify(claims) });
  const page = await signInWithPasskey(world, owner, await owner.browser.open(signIn.url));
  const callback = await owner.browser.submit(page, `${new URL(page.url).pathname}/consent`);
  const { access_token } = await party.finish(signIn, callback.headers.get("location") ?? "");
  const told = async (): Promise<unknown> => (await client.fetchUserInfo(party.config, access_token, client.skipSubjectCheck))["verified_claims"];
  expect(await told()).toMatchObject({ claims: { gender: "female" } });
  const account = await owner.browser.open(`${world.issuer}/account/services/${party.clientId}`);
  const withhold = `/account/services/${party.clientId}/verified-claims/gender/withhold`;
  expect(account.text).toContain(withhold);
  const after = await owner.browser.submit(account, withhold);
  expect(after.text).not.toContain(withhold);
  expect(await told()).toMatchObject({ claims: {} });
  expect(JSON.stringify(await told())).not.toContain("female");
});

test("on the account page the person presents it, sees what is kept and deletes it", async () => {
  const { world } = setting;
  const account = (): Promise<Answer> => attacker.browser.open(`${world.issuer}/account/data`);
  expect((await account()).text).not.toContain("見本　太郎");
  const back = await presentCertificate(world, attacker, await attacker.browser.open(`${world.issuer}/account`));
  expect(new URL(back.url).pathname).toBe("/account/data");
  expect((await account()).text).toContain("見本　太郎");
  const page = await account();
  expect((await attacker.browser.submit(page, "/account/attributes/forget")).text).not.toContain("見本　太郎");
});
