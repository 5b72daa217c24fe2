import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { EnrolmentStatement } from "@jpki-bridge/client-sdk";
import type { ErrorCode } from "../../src/errors.ts";
import { HttpBrowser } from "../support/http-browser.ts";
import { newPerson, type Person, signInWithPasskey } from "../support/journey.ts";
import { enrolledAt, goThrough, openAccount, withEarlier, withNewPhone } from "../support/recovery.ts";
import { registerRelyingParty, type TestRelyingParty } from "../support/relying-party.ts";
import { challengedDevice, expectNoSession, expectRefused, expectRefusedPage, opened, provedDevice, returnCodeOf, script, type Setting, startSetting } from "./setting.ts";
import { signedBy } from "./device.ts";
import { unchangedBy } from "./state.ts";

let setting: Setting;
let party: TestRelyingParty;
let victim: Person;
beforeAll(async () => {
  setting = await startSetting();
  party = await registerRelyingParty(setting.world);
});
afterAll(() => setting.close());
beforeEach(async () => {
  // What was proved in the second of a recovery counts no more.
  setting.world.advance(1);
  ({ person: victim } = await enrolledAt(setting.world, party, "good-phone"));
});

const openAt = async (person: Person, purpose: string, device: "same" | "other", fields: Record<string, string> = {}) => {
  const page = await person.browser.open(`${setting.world.issuer}/recovery/${purpose}`);
  return opened(person, await person.browser.submit(page, `/recovery/${purpose}`, { device, ...fields }));
};
const fresh = (person: Person): Person => ({ ...person, browser: new HttpBrowser() });
const signIn = async (person: Person): Promise<unknown> => signInWithPasskey(setting.world, person, await person.browser.open((await party.begin()).url));

describe("a thief with the unlocked old phone", () => {
  test("is out once the person came back on another: passkey, browser and grants", async () => {
    const thief = fresh(victim);
    await openAccount(setting.world, thief);
    setting.world.advance(5);
    await goThrough(setting.world, withNewPhone(victim), "recover", { device: "same" });
    await expect(signIn(fresh(thief))).rejects.toThrow("passkey_not_active");
    await expectNoSession(thief.browser, setting.world, party);
  });

  test("who had proved an enrolment before that makes no passkey of it afterwards", async () => {
    const { device } = await provedDevice(setting.world, await openAt(victim, "recover", "same"));
    setting.world.advance(5);
    await goThrough(setting.world, withNewPhone(victim), "recover", { device: "same" });
    expectRefused(await device.makePasskey(newPerson().authenticator), "transaction_wrong_state");
  });

  test("keeps no passkey by a page that was fresh once", async () => {
    const thief = fresh(victim);
    await openAccount(setting.world, thief);
    const page = await thief.browser.open(`${setting.world.issuer}/recovery/recover`);
    const keep = /name="keep" value="([^"]*)"/.exec(page.text)?.[1] ?? "";
    setting.world.advance(301);
    expectRefusedPage(await thief.browser.submit(page, "/recovery/recover", { device: "other", keep }), "sign_in_required");
    expectRefusedPage(await newPerson().browser.open(`${setting.world.issuer}/recovery/recover`).then((own) => new HttpBrowser().submit(own, "/recovery/recover", { device: "other", keep })), "cross_site_request");
  });

  test("keeps nobody else's passkey", async () => {
    const { person: other } = await enrolledAt(setting.world, party, "good-card");
    await openAccount(setting.world, other);
    const theirs = /name="keep" value="([^"]*)"/.exec((await other.browser.open(`${setting.world.issuer}/recovery/recover`)).text)?.[1] ?? "";
    const thief = fresh(victim);
    await openAccount(setting.world, thief);
    const page = await thief.browser.open(`${setting.world.issuer}/recovery/recover`);
    expectRefusedPage(await thief.browser.submit(page, "/recovery/recover", { device: "other", keep: theirs }), "invalid_request");
  });
});

describe("who has the certificate and not its key's PIN, or another's", () => {
  test.each(["recover", "hold", "release", "renew"])("%s with a signature by another key changes nothing and tells nothing", async (purpose) => {
    const opening = await openAt(newPerson("good-phone"), purpose, "other");
    const { device, statement } = await challengedDevice(setting.world, opening);
    const [own, theirs] = [await device.proof(statement, "good-card"), await device.proof(statement, "good-phone")];
    expectRefused(await device.prove({ certificate: theirs.certificate, signature: own.signature }), "proof_invalid");
  });

  test("an unknown certificate is told unknown to its holder alone", async () => {
    const opening = await openAt(newPerson("renewed"), "recover", "other");
    const { device, statement } = await challengedDevice(setting.world, opening);
    const proof = await device.proof(statement, "renewed");
    expectRefused(await device.prove(proof), "person_unknown");
    const status = JSON.parse((await opening.person.browser.request(`${opening.progress.url}/status`)).text) as { error?: string };
    expect(status.error).toBe("certificate_not_accepted");
    const again = await challengedDevice(setting.world, await openAt(newPerson("renewed"), "recover", "other"));
    const stranger = await again.device.proof(again.statement, "good-card");
    expectRefused(await again.device.prove({ certificate: proof.certificate, signature: stranger.signature }), "proof_invalid");
  });
});

describe("the buyer of the phone, an ex-partner with an old passkey", () => {
  test("signs in no more after the recovery, and brings nothing back by the passkey", async () => {
    const buyer = fresh(victim);
    setting.world.advance(5);
    await goThrough(setting.world, withNewPhone(victim), "recover", { device: "other" });
    await unchangedBy(setting.world, async () => {
      await expect(signIn(buyer)).rejects.toThrow("passkey_not_active");
      await expect(openAccount(setting.world, fresh(buyer))).rejects.toThrow("passkey_not_active");
    }, ["PasskeyChallenge", "Interaction", "PushedAuthorizationRequest", "Session"]);
  });
});

describe("a statement signed for one purpose", () => {
  const pairs = ["enrol", "recover", "renew", "hold", "release"].flatMap((signed) => ["recover", "renew", "hold", "release"].filter((sent) => sent !== signed).map((sent) => [signed, sent] as const));
  test.each(pairs)("%s is worth nothing for %s", async (signed, sent) => {
    const opening = await openAt(newPerson("good-phone"), sent, "other");
    const { device, statement } = await challengedDevice(setting.world, opening);
    const other: EnrolmentStatement = { ...statement, purpose: signed as EnrolmentStatement["purpose"] };
    const proof = await signedBy(await setting.world.image("good-phone"), other);
    expectRefused(await device.prove(proof), "proof_invalid");
  });
});

describe("a page that the attacker opened", () => {
  test.each(["recover", "hold", "release", "renew"])("%s, proved by a victim on another device, signs the attacker's browser in nowhere", async (purpose) => {
    if (purpose === "release") await goThrough(setting.world, withNewPhone(victim), "hold", { device: "other" });
    setting.world.advance(5);
    const attacker = newPerson("good-phone");
    const { device } = await provedDevice(setting.world, await openAt(attacker, purpose, "other"));
    if (purpose === "recover" || purpose === "renew") await device.makePasskey(withNewPhone(victim).authenticator);
    await expectNoSession(attacker.browser, setting.world, party);
    if (purpose === "hold") await goThrough(setting.world, withNewPhone(victim), "release", { device: "other" });
  });

  test("the way back of a recovery on the same device counts in the browser that opened it, and in no other", async () => {
    const attacker = newPerson("good-phone");
    setting.world.advance(5);
    const { device } = await provedDevice(setting.world, await openAt(attacker, "recover", "same"));
    const made = await device.makePasskey(withNewPhone(victim).authenticator);
    expectRefused(await script(new HttpBrowser(), setting.world, "/enrolment/return", returnCodeOf(made)), "return_code_invalid");
    await expectNoSession(attacker.browser, setting.world, party);
  });
});

describe("an earlier certificate that is not the prover's", () => {
  const refusals: readonly [string, string, string, ErrorCode][] = [
    ["two persons that are both known are never made one", "good-card", "good-phone", "person_mismatch"],
    ["one that nobody is known by carries nothing over", "good-phone", "renewed", "person_unknown"],
  ];
  test.each(refusals)("%s", async (_name, later, earlier, code) => {
    if (later === "good-card") await enrolledAt(setting.world, party, later);
    await expect(goThrough(setting.world, newPerson(later), "renew", { device: "same", onPhone: withEarlier(earlier) })).rejects.toMatchObject({ code });
  });

  test("its signature must be by its own key, over this statement", async () => {
    const { device, statement } = await challengedDevice(setting.world, await openAt(newPerson("next-generation"), "renew", "other"));
    const [later, victims] = [await device.proof(statement, "next-generation"), await device.proof(statement, "good-phone")];
    expectRefused(await device.post("proof", { ...later, previous: { certificate: victims.certificate, signature: later.signature } }), "proof_invalid");
  });

  test.each(["enrol", "recover", "hold"])("is no part of a proof for %s", async (purpose) => {
    const opening = purpose === "enrol" ? await openEnrolmentPage() : await openAt(newPerson("good-phone"), purpose, "other");
    const { device, statement } = await challengedDevice(setting.world, opening);
    const proof = await device.proof(statement, "good-phone");
    expectRefused(await device.post("proof", { ...proof, previous: proof }), "invalid_request");
  });
  const openEnrolmentPage = async () => {
    const person = newPerson("good-phone");
    const page = await person.browser.open(`${setting.world.issuer}/account/enrolment`);
    return opened(person, await person.browser.submit(page, "/account/enrolment", { device: "other" }));
  };
});

test("a device that was not asked for the signature certificate sends none", async () => {
  const opening = await openAt(newPerson("good-phone"), "recover", "other");
  const { device, statement } = await challengedDevice(setting.world, opening);
  const proof = await device.proof(statement, "good-phone");
  expectRefused(await device.post("proof", { ...proof, attributes: proof }), "invalid_request");
});
