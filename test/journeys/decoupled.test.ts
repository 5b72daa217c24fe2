import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { toBase64Url } from "../../src/bytes.ts";
import { HttpBrowser } from "../support/http-browser.ts";
import { approve, askApproval, enterUserCode, openApprovals, postDevice, requestsOn, signInDevice, startDevice } from "../support/decoupled.ts";
import { enrolAndSignIn, newPerson, type Person, plain, signInWithPasskey } from "../support/journey.ts";
import { registerRelyingParty, type TestRelyingParty } from "../support/relying-party.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let party: TestRelyingParty;
let person: Person;
let subject: string;
beforeAll(async () => {
  world = await startWorld();
  party = await registerRelyingParty(world, { registration: { deviceFlow: true, ciba: { delivery: "poll" } } });
  const enrolled = newPerson("good-phone");
  const { signIn, callback } = await enrolAndSignIn(world, enrolled, party);
  subject = String((await party.finish(signIn, callback)).claims()?.sub);
  person = { ...enrolled, browser: new HttpBrowser() };
});
afterAll(() => world.close());

describe("a device without a keyboard (RFC 8628)", () => {
  test("is signed in by the code it shows and a passkey, and knows the same person", async () => {
    const device = await startDevice(party);
    expect(device.userCode).toMatch(/^[B-DF-HJ-NP-TV-XZ]{4}-[B-DF-HJ-NP-TV-XZ]{4}$/);
    expect(await device.poll()).toEqual({ error: "authorization_pending" });
    const confirm = await enterUserCode(world, person, device.userCode.toLowerCase().replace("-", " "));
    expect(plain(confirm.text)).toContain("Did somebody give you this code?");
    expect(confirm.text).toContain(device.userCode);
    const page = await postDevice(person, confirm, { user_code: device.userCode, confirm: "yes" });
    const done = await signInWithPasskey(world, person, page);
    expect(plain(done.text)).toContain("The device is signed in");
    const answer = await device.poll();
    expect(answer).toMatchObject({ claims: { sub: subject, ial: 3, aal: 2, fal: 1, acr: "urn:jpki-bridge:ial3-aal2" } });
  });

  test("the link with the code in it still shows what it is for", async () => {
    const device = await startDevice(party);
    const page = await person.browser.open(device.complete);
    const confirm = await postDevice(person, page, { user_code: device.userCode });
    expect(plain(confirm.text)).toContain("Did somebody give you this code?");
  });

  test("asks for the passkey although the browser is signed in already", async () => {
    const device = await startDevice(party);
    const confirm = await enterUserCode(world, person, device.userCode);
    const page = await postDevice(person, confirm, { user_code: device.userCode, confirm: "yes" });
    expect(page.text).toContain("/passkey/options");
  });

  test("learns that the person cancelled", async () => {
    const device = await startDevice(party);
    const confirm = await enterUserCode(world, person, device.userCode);
    const page = await postDevice(person, confirm, { user_code: device.userCode, abort: "yes" });
    expect(plain(page.text)).toContain("You cancelled");
    expect(await device.poll()).toEqual({ error: "access_denied" });
  });

  test("keeps its refresh token when the browser signs out", async () => {
    const device = await startDevice(party);
    await signInDevice(world, person, device.userCode);
    const answer = await device.poll();
    if ("error" in answer) throw new Error(answer.error);
    const { refreshTokenGrant } = await import("openid-client");
    person = { ...person, browser: new HttpBrowser() };
    const refreshed = await refreshTokenGrant(party.config, String(answer.tokens.refresh_token));
    expect(refreshed.claims()).toMatchObject({ sub: subject, acr: "urn:jpki-bridge:ial3-aal2" });
  });
});

describe("a request approved on the phone (CIBA)", () => {
  test("waits on the list and the account page, and is approved by a passkey", async () => {
    const request = await askApproval(party, { login_hint: subject, binding_message: "窓口 3番" });
    expect(await request.poll()).toEqual({ error: "authorization_pending" });
    const list = await openApprovals(world, person);
    expect(plain(list.text)).toContain("窓口 3番");
    expect(plain((await person.browser.open(`${world.issuer}/account`)).text)).toContain("1 request is waiting");
    const page = await person.browser.open(new URL(requestsOn(list)[0] ?? "", world.issuer).href);
    expect(plain(page.text)).toContain("窓口 3番");
    const after = await approve(world, person, page);
    expect(plain(after.text)).toContain("You approved");
    const answer = await request.poll();
    expect(answer).toMatchObject({ claims: { sub: subject, ial: 3, aal: 2, fal: 1 } });
    // What was approved, and what was then told, names the passkey: whoever says it was somebody else ends that one.
    const { read } = world.bridge.storage;
    const passkey = (await read.passkey.findFirst({ where: { credentialId: toBase64Url(person.authenticator.credentials.at(-1)?.id ?? new Uint8Array()) } }))?.id;
    for (const kind of ["approval_given", "assertion_issued"]) {
      const receipt = await read.receipt.findFirst({ where: { kind }, orderBy: { sequence: "desc" } });
      expect(JSON.parse(receipt?.detail ?? "{}")).toMatchObject({ client: party.clientId, passkey });
    }
  });

  test("names the person by an ID token from before", async () => {
    const first = await askApproval(party, { login_hint: subject });
    await approve(world, person, await person.browser.open(new URL(requestsOn(await openApprovals(world, person))[0] ?? "", world.issuer).href));
    const answer = await first.poll();
    if ("error" in answer) throw new Error(answer.error);
    const second = await askApproval(party, { id_token_hint: String(answer.tokens.id_token) });
    expect(await second.poll()).toEqual({ error: "authorization_pending" });
    const list = await openApprovals(world, person);
    const page = await person.browser.open(new URL(requestsOn(list)[0] ?? "", world.issuer).href);
    const after = await person.browser.submit(page, `${new URL(page.url).pathname}/deny`);
    expect(plain(after.text)).toContain("You refused");
    expect(await second.poll()).toEqual({ error: "access_denied" });
  });
});
