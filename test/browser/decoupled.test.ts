import { generateKeyPair, exportJWK } from "jose";
import * as client from "openid-client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { orThrow } from "../../src/errors.ts";
import { addRelyingParty, metadataOf } from "../../src/relying-parties/index.ts";
import { openStage, picture, seriousFindings, type Stage, type TestBrowser } from "./stage.ts";
import { allow, begin, chooseDevice, expectClaims, useDemoPhone } from "./steps.ts";

let stage: Stage;
let phone: TestBrowser;
let television: client.Configuration;

beforeAll(async () => {
  stage = await openStage();
  phone = await stage.newBrowser({ phone: true });
  await begin(stage, phone);
  await chooseDevice(phone, "same");
  await phone.page.locator("a[data-app-link]").click();
  await useDemoPhone(phone.page, "good-phone");
  await allow(phone);
  await expectClaims(phone, { ial: "3" });

  const { publicKey, privateKey } = await generateKeyPair("ES256", { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid: "1", use: "sig", alg: "ES256" };
  const metadata = orThrow(metadataOf({
    clientId: "television", name: "みどりテレビ", redirectUris: ["http://localhost:4999/callback"], authentication: "private_key_jwt", jwks: { keys: [jwk] },
    deviceFlow: true, ciba: { delivery: "poll" },
  }));
  const { bridge } = stage.sandbox;
  await addRelyingParty(bridge.storage, metadata, bridge.clock());
  const options = { execute: [client.allowInsecureRequests] };
  television = await client.discovery(new URL(stage.sandbox.issuer), "television", { id_token_signed_response_alg: "ES256" }, client.PrivateKeyJwt({ key: privateKey, kid: "1" }), options);
});
afterAll(() => stage.close());

const ask = (grant: string, parameters: Record<string, string>): ReturnType<typeof client.genericGrantRequest> => client.genericGrantRequest(television, grant, parameters);

test("a television by its code, then a request of its service on the phone", async () => {
  const { page } = phone;
  const device = await client.initiateDeviceAuthorization(television, { scope: "openid" });
  await page.goto(device.verification_uri);
  expect(await seriousFindings(page)).toEqual([]);
  await picture(page, "user-code.phone");
  await page.locator("#user-code").fill("BBBB-BBBB");
  await page.locator('button[type="submit"]').click();
  await page.getByText("That code is not right").waitFor();
  await page.locator("#user-code").fill(device.user_code.toLowerCase());
  await page.locator('button[type="submit"]').click();
  await page.getByText("Did somebody give you this code?").waitFor();
  expect(await page.locator(".number.code").innerText()).toBe(device.user_code);
  expect(await seriousFindings(page)).toEqual([]);
  await picture(page, "device-confirm.phone");
  await page.locator('button[name="confirm"]').click();
  await page.locator("[data-sign-in]").click();
  await allow(phone);
  await page.getByText("The device is signed in").waitFor();
  expect(await seriousFindings(page)).toEqual([]);
  const tokens = await ask("urn:ietf:params:oauth:grant-type:device_code", { device_code: device.device_code });
  const subject = String(tokens.claims()?.sub);
  // The signature made when enrolling still stands in this browser, beside the passkey just used.
  expect(tokens.claims()).toMatchObject({ ial: 3, aal: 3, fal: 1 });

  // The list is open before the request comes, and shows it by itself.
  await page.goto(`${stage.sandbox.issuer}/approve`);
  await page.locator("[data-sign-in]").click();
  await page.getByText("No request is waiting").waitFor();
  expect(await seriousFindings(page)).toEqual([]);
  const request = await client.initiateBackchannelAuthentication(television, { scope: "openid", login_hint: subject, binding_message: "番組の購入 4271" });
  await page.getByText("番組の購入 4271").waitFor();
  await picture(page, "approvals.phone");
  await page.locator('a[href^="/approve/"]').click();
  expect(await seriousFindings(page)).toEqual([]);
  await picture(page, "approve.phone");
  await page.locator("[data-approve]").click();
  await page.getByText("You approved").waitFor();
  const approved = await ask("urn:openid:params:grant-type:ciba", { auth_req_id: request.auth_req_id });
  expect(approved.claims()).toMatchObject({ sub: subject, ial: 3, aal: 2 });
  expect(phone.complaints).toEqual([]);
});

test("the link with the code in it asks all the same", async () => {
  const { page } = phone;
  const device = await client.initiateDeviceAuthorization(television, { scope: "openid" });
  await page.goto(String(device.verification_uri_complete));
  await page.getByText("Did somebody give you this code?").waitFor();
  await page.locator("[data-language]").click();
  await page.getByText("テレビや端末の画面に出ている8文字のコードを入れてください。").waitFor();
  await page.goto(`${String(device.verification_uri_complete)}`);
  await page.getByText("人から知らされたコードではありませんか。").waitFor();
  await picture(page, "device-confirm-ja.phone");
  await page.locator('button[name="abort"]').click();
  await page.getByText("サインインを取りやめました").waitFor();
  expect(phone.complaints).toEqual([]);
});

test("a request that another site posts finds the session, which is SameSite=Lax", async () => {
  const { page } = phone;
  const verifier = client.randomPKCECodeVerifier();
  const parameters = {
    client_id: "television", response_type: "code", redirect_uri: "http://localhost:4999/callback", scope: "openid", prompt: "none",
    code_challenge: await client.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256", state: "s",
  };
  // 127.0.0.1 is another site than localhost.
  await page.route("http://127.0.0.1:4998/", (route) => route.fulfill({
    contentType: "text/html",
    body: `<form method="post" action="${stage.sandbox.issuer}/authorize">${Object.entries(parameters).map(([name, value]) => `<input type="hidden" name="${name}" value="${value}">`).join("")}<button>go</button></form>`,
  }));
  await page.goto("http://127.0.0.1:4998/");
  const [callback] = await Promise.all([page.waitForRequest(/localhost:4999\/callback/), page.locator("button").click()]);
  const { searchParams } = new URL(callback.url());
  expect([...searchParams.keys()]).toContain("code");
});
