import type { SecureElementImage } from "@jpki-bridge/client-sdk";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { randomBytes, toBase64Url } from "../../src/bytes.ts";
import { catalogue, type ErrorCode } from "../../src/errors.ts";
import { registerRelyingParty, type TestRelyingParty } from "../support/relying-party.ts";
import { imageOf, type JsonAnswer, signedBy } from "./device.ts";
import { lookalikeAuthority, strangerImage } from "./strangers.ts";
import { challengedDevice, expectNoSession, expectRefused, expectRefusedPage, openAtService, poll, type Setting, startSetting } from "./setting.ts";
import { count, type ExpectedRefusal, refusedBy, transactionState, unchangedBy } from "./state.ts";

const year = 365 * 86_400;
const revoked = "revoked, by ocsp (RFC 5280 6.1.3 (a)(3))";
const held = "on hold, by ocsp (RFC 5280 6.1.3 (a)(3))";
let setting: Setting;
let party: TestRelyingParty;
beforeAll(async () => {
  setting = await startSetting();
  party = await registerRelyingParty(setting.world);
});
afterEach(() => setting.world.jlis.faults.set({ ocspDown: false, ocspDelayMs: 0, staleCrl: false }));
afterAll(() => setting.close());

const persona = (id: string) => (): Promise<SecureElementImage> => imageOf(setting.world, id);

/** Holders who can sign with the key of a certificate that must not let them in, and the rule that the auditor reads. */
const holders: readonly [string, () => Promise<SecureElementImage>, ErrorCode, Partial<ExpectedRefusal> & { rule: string }][] = [
  ["revoked", persona("revoked"), "certificate_revoked", { rule: revoked, medium: "smartphone" }],
  ["on hold", persona("on-hold"), "certificate_on_hold", { rule: held, medium: "smartphone" }],
  ["expired", persona("expired"), "certificate_expired", { rule: "notAfter, RFC 5280 6.1.3 (a)(2)" }],
  ["the old phone's, revoked by the new one", persona("old-phone"), "certificate_revoked", { rule: revoked, medium: "smartphone" }],
  ["a signature certificate at sign-in", persona("signature-certificate"), "untrusted_issuer", { rule: "no issuer is pinned" }],
  ["issued by a sub CA below the pinned one", persona("sub-ca-forgery"), "untrusted_issuer", { rule: "no issuer is pinned" }],
  ["issued by a look-alike of the authority", async () => strangerImage(setting.world, { by: await lookalikeAuthority(setting.world) }), "untrusted_issuer", { rule: "no issuer is pinned" }],
  ["signed by the real authority, but in none of its books", () => strangerImage(setting.world), "certificate_unknown", { rule: "unknown, by ocsp (RFC 5280 6.1.3 (a)(3))", medium: "smartphone" }],
  ["not yet valid", () => strangerImage(setting.world, { change: { notBefore: setting.world.now() + 3600, notAfter: setting.world.now() + year } }), "certificate_not_yet_valid", { rule: "notBefore, RFC 5280 6.1.3 (a)(2)" }],
  ["the signature authority's, in the profile of authentication", () => strangerImage(setting.world, { by: setting.world.jlis.authority.authority("signature-1"), change: { use: "user-authentication" } }), "untrusted_issuer", { rule: "no issuer is pinned" }],
  ["the authentication authority's, in the profile of signature", () => strangerImage(setting.world, { change: { use: "signature" } }), "key_usage_refused", { rule: "keyUsage digitalSignature nonRepudiation" }],
];

/** What the opening browser learns, whatever is wrong: its person need not be the certificate's. */
const notAccepted = { error: "certificate_not_accepted", error_description: catalogue.certificate_not_accepted.en };

describe("a certificate with its key", () => {
  test.each(holders)("%s", async (_name, image, code, receipt) => {
    const { world } = setting;
    const opening = await openAtService(party, "other");
    const { device, statement } = await challengedDevice(world, opening);
    const proof = await signedBy(await image(), statement);
    expectRefused(await refusedBy(world, statement, () => device.prove(proof), { code, possession: true, ...receipt }), code);
    expect(await transactionState(world, opening.transaction)).toBe("failed");
    expect((await poll(opening.person.browser, opening.progress)).body).toEqual({ state: "failed", ...notAccepted });
    expectRefusedPage(await unchangedBy(world, () => opening.person.browser.open(opening.progress.url.replace("/enrolment/", "/resume/"))), "certificate_not_accepted");
    expectRefusedPage(await unchangedBy(world, () => opening.person.browser.submit(opening.progress, `${new URL(opening.progress.url).pathname}/cancel`)), "certificate_not_accepted");
    expectRefused(await unchangedBy(world, () => device.prove(proof)), "challenge_used");
    const stranger = await device.stranger();
    expectRefused(await unchangedBy(world, () => stranger.claim()), "transaction_already_claimed");
    expectRefused(await unchangedBy(world, () => stranger.post("statement")), "device_key_mismatch");
    await expectNoSession(opening.person.browser, world, party);
  });

  test("on hold, and cancelled in the browser while it is checked: the device is still told why, and there is nothing to record", async () => {
    const { world } = setting;
    await world.jlis.faults.set({ ocspDelayMs: 800 });
    const { person, progress, transaction, link } = await openAtService(party, "other");
    const { device, statement } = await challengedDevice(world, { person, progress, transaction, link });
    const receipts = await count(world, "receipt");
    const proving = device.prove(await signedBy(await imageOf(world, "on-hold"), statement));
    await expect.poll(() => transactionState(world, transaction)).toBe("proving");
    await person.browser.submit(progress, `${new URL(progress.url).pathname}/cancel`);
    expectRefused(await proving, "certificate_on_hold");
    expect([await transactionState(world, transaction), await count(world, "receipt")]).toEqual(["cancelled", receipts]);
  });

  test("in an outage of every status source: told as an outage, with a time to try again", async () => {
    const { world } = setting;
    await world.jlis.faults.set({ ocspDown: true, staleCrl: true });
    world.advance(40 * 86_400);
    const opening = await openAtService(party, "same");
    const { device, statement } = await challengedDevice(world, opening);
    const prove = async (): Promise<JsonAnswer> => device.prove(await device.proof(statement, "good-phone"));
    const answer = await refusedBy(world, statement, prove, { code: "status_unavailable", rule: "ocsp_not_successful, crl_not_fresh", possession: true, medium: "smartphone" });
    expectRefused(answer, "status_unavailable");
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await transactionState(world, opening.transaction)).toBe("failed");
  });
});

/** What a stranger who cannot sign may find out about a card: nothing. */
describe("a certificate without its key: no oracle", () => {
  const shown = async (image: SecureElementImage): Promise<JsonAnswer> => {
    const { world } = setting;
    const { device, statement } = await challengedDevice(world, await openAtService(party, "other"));
    const proof = { certificate: image.authentication?.certificate ?? "", signature: toBase64Url(randomBytes(256)) };
    return refusedBy(world, statement, () => device.prove(proof), { code: "proof_invalid", rule: "rsa signature" });
  };
  const told = ({ status, headers, body }: JsonAnswer): object => {
    const varying = ["date", "x-request-id"];
    return { status, body, headers: Object.fromEntries([...headers].filter(([name]) => !varying.includes(name))) };
  };
  const everybody: readonly [string, () => Promise<SecureElementImage>][] = [
    ["good", persona("good-phone")], ["good card", persona("good-card")], ["next generation", persona("next-generation")], ["new phone", persona("new-phone")],
    ["renewed", persona("renewed")], ...holders.map(([name, image]): [string, () => Promise<SecureElementImage>] => [name, image]),
  ];

  test.each(everybody)("%s: proof_invalid, to the letter as for a good one", async (_name, image) => {
    const answer = await shown(await image());
    expectRefused(answer, "proof_invalid");
    expect(told(answer)).toEqual(told(await shown(await imageOf(setting.world, "good-phone"))));
  });

  test("nor from how long it takes: the status is not even asked for", async () => {
    const { world } = setting;
    await world.jlis.faults.set({ ocspDelayMs: 4500 });
    for (const id of ["good-phone", "revoked", "expired"]) {
      const started = performance.now();
      expectRefused(await shown(await imageOf(world, id)), "proof_invalid");
      expect(performance.now() - started).toBeLessThan(4000);
    }
  });

  test("nor in an outage", async () => {
    await setting.world.jlis.faults.set({ ocspDown: true, staleCrl: true });
    for (const id of ["good-phone", "revoked"]) expectRefused(await shown(await imageOf(setting.world, id)), "proof_invalid");
  });

  test("nor from the browser's side", async () => {
    const { world } = setting;
    const seen = await Promise.all(["good-phone", "revoked", "expired"].map(async (id) => {
      const opening = await openAtService(party, "other");
      const { device } = await challengedDevice(world, opening);
      const { authentication } = await imageOf(world, id);
      await device.prove({ certificate: authentication?.certificate ?? "", signature: toBase64Url(randomBytes(256)) });
      return (await poll(opening.person.browser, opening.progress)).body;
    }));
    for (const body of seen) expect(body).toEqual({ state: "failed", ...notAccepted });
  });
});
