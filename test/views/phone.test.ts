import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { EnrolmentServer, type Json, type ServerOptions } from "../../client-sdk/test/support/enrolment-server.ts";
import { imageOf, newKeyPair, type KeyPair } from "../../client-sdk/test/support/fixtures.ts";
import { html } from "../../views/html.ts";
import { phonePage } from "../../views/pages/index.ts";
import { BrowserStage, context, json } from "./browser-stage.ts";

let stage: BrowserStage;
let pair: KeyPair;
let page: Page;
let bridge: EnrolmentServer;
beforeAll(async () => {
  [stage, pair] = await Promise.all([BrowserStage.open(), newKeyPair()]);
});
afterAll(() => stage.close());
beforeEach(async () => {
  page = await stage.newPage();
});
afterEach(async () => {
  expect(stage.complaints).toEqual([]);
  await page.context().close();
  bridge.close();
});

/** Creation options that a browser takes, in place of the SDK's own test ones. */
const complete = (step: string, answer: Json): Json =>
  step === "passkey/options"
    ? { options: { challenge: "ICEiIyQlJic", rp: { name: "Bridge" }, user: { id: "dXNlcg", name: "u", displayName: "u" }, pubKeyCredParams: [{ type: "public-key", alg: -7 }] } }
    : answer;

async function open(options: Omit<ServerOptions, "publicKey">): Promise<void> {
  bridge = await EnrolmentServer.start({ publicKey: pair.publicKey, tamper: complete, ...options });
  const personas = [{ id: "good-phone", name: "見本 太郎", note: "Good phone" }];
  stage.handlers.set("GET /phone", () => phonePage({ ...context, personas, personasBase: "/personas", issuers: [bridge.issuer] }, "en"));
  stage.handlers.set("GET /personas/good-phone/secure-element.json", () => json(imageOf(pair.privateJwk)));
  stage.handlers.set("GET /return", () => html`<!doctype html><title>back</title>`);
  // The bridge that plays along lives at another origin and says nothing of CORS; the real one does.
  await page.route(`${bridge.issuer}/enrolment/**`, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, headers: { ...response.headers(), "access-control-allow-origin": "*" } });
  });
  await page.goto(`${stage.origin}/phone${new URL(bridge.link).hash}`);
}

const alert = (): Promise<string> => page.locator("[data-alert]:not(:empty)").innerText();
const tries = (): Promise<string> => page.locator("[data-tries]:not(:empty)").innerText();
const connect = (): Promise<void> => page.click("[data-link-form] button");
const enter = async (form: string, value: string): Promise<void> => {
  await page.fill(`[data-${form}-form] input`, value);
  await page.click(`[data-${form}-form] button`);
};

test("on one device: shows who asks, signs with the PIN, makes the passkey and goes back", async () => {
  await open({ device: "same" });
  expect(page.url()).toBe(`${stage.origin}/phone`);
  await page.route(`${bridge.issuer}/return*`, (route) => route.fulfill({ contentType: "text/html", body: "<title>back</title>" }));
  await connect();
  await page.waitForSelector("#pin:visible");
  expect(await page.innerText("h1")).toBe("Show this service who you are?");
  expect(await page.innerText("[data-client-name]")).toBe("カフェ");
  expect(await page.innerText("[data-client-host]")).toBe("shop.example");
  expect(await page.innerText("[data-purpose]")).toBe("Registration");
  expect(await page.innerText("[data-issuer]")).toBe(bridge.issuer);
  expect(bridge.steps).toEqual(["claim", "statement"]);
  await enter("pin", "１２３４");
  await page.click("[data-make-passkey]");
  await page.waitForURL(`${bridge.issuer}/return#code`);
  expect(bridge.credential).toMatchObject({ type: "public-key" });
  expect(bridge.steps).toEqual(["claim", "statement", "proof", "passkey/options", "passkey"]);
});

test("on another device: a wrong number and a wrong PIN can be tried again, and the PIN's counter is kept", async () => {
  await open({ device: "other" });
  await connect();
  await enter("number", "41");
  expect(await alert()).toBe("words for number_wrong Tries left: 2.");
  await enter("number", "42");
  await page.waitForSelector("#pin:visible");
  await enter("pin", "9999");
  expect(await alert()).toBe("That PIN is not right.");
  expect(await tries()).toBe("Tries left: 2.");
  expect(await page.inputValue("#pin")).toBe("");
  expect(await page.evaluate<string[]>("Object.values(localStorage).sort()")).toEqual(["2", "5"]);
  await enter("pin", "12");
  expect(await alert()).toContain("four digits for user authentication");
  await enter("pin", "1234");
  await page.click("[data-make-passkey]");
  await page.waitForSelector('[data-when="done"]:visible');
  expect(await page.innerText("h1")).toBe("All done");
  expect(await page.evaluate<string[]>("Object.values(localStorage).sort()")).toEqual(["3", "5"]);
});

test("a PIN that is locked stays locked when the page is opened again", async () => {
  await open({ device: "same" });
  await connect();
  for (const left of [2, 1]) {
    await enter("pin", "9999");
    expect(await alert()).toBe("That PIN is not right.");
    expect(await tries()).toMatch(left === 1 ? /^Tries left: 1\. .*a wrong PIN locks it/ : /^Tries left: 2\.$/);
  }
  await enter("pin", "9999");
  expect(await alert()).toMatch(/^The PIN is locked/);
  await page.goto(`${stage.origin}/phone?again${new URL(bridge.link).hash}`);
  await connect();
  expect(await alert()).toMatch(/^The PIN is locked/);
  expect(bridge.steps).toEqual(["claim", "statement"]);
});

test("without a passkey of its own: continues in the browser and confirms the six digits", async () => {
  await open({ device: "other" });
  await connect();
  await enter("number", "42");
  await page.waitForSelector("#pin:visible");
  await enter("pin", "1234");
  await page.click("[data-use-browser]");
  await page.waitForSelector("[data-continuation]:visible");
  expect(await page.getAttribute("[data-continuation]", "href")).toBe(`${bridge.issuer}/continue#secret`);
  await enter("confirm", "654321");
  expect(await alert()).toBe("words for number_wrong Tries left: 2.");
  await enter("confirm", "123456");
  await page.waitForSelector('[data-when="done"]:visible');
});

test("a step-up ends with the signature", async () => {
  await open({ device: "other", purpose: "step-up" });
  await connect();
  await enter("number", "42");
  await page.waitForSelector("#pin:visible");
  expect(await page.innerText("[data-purpose]")).toBe("Identity check");
  await enter("pin", "1234");
  await page.waitForSelector('[data-when="done"]:visible');
});

test("cancelling tells the bridge and ends", async () => {
  await open({ device: "same" });
  await connect();
  await page.click("[data-cancel]");
  expect(await alert()).toBe("The procedure was cancelled.");
  expect(bridge.steps).toEqual(["claim", "statement", "cancel"]);
});

test.each([
  ["a statement for another service", "statement", (answer: Json): Json => ({ statement: { ...(answer["statement"] as Json), client_id: "other" } }), "What arrived does not belong to this procedure. Nothing was signed."],
  ["a claim for another transaction", "claim", (answer: Json): Json => ({ ...answer, request: { ...(answer["request"] as Json), txn: "txn-2" } }), "Something unexpected went wrong. Please start again."],
])("%s is refused before anything is signed", async (_name, at, change, sentence) => {
  await open({ device: "same", tamper: (step, answer) => (step === at ? change(answer) : answer) });
  await connect();
  expect(await alert()).toBe(sentence);
  expect(bridge.steps).not.toContain("proof");
});

test.each([
  ["a transaction claimed by another device", "claim", { status: 409, body: { error: "transaction_already_claimed", error_description: "Someone else has it." } }, "Someone else has it."],
  ["an outage before the claim", "claim", { status: 502, body: "no JSON" }, "There was no connection. Please check it and try again."],
])("%s is said in plain words", async (_name, step, planned, sentence) => {
  await open({ device: "same", planned: { [step]: planned } });
  await connect();
  expect(await alert()).toBe(sentence);
});

test.each([
  ["of another issuer", "https://app.example/#iss=https%3A%2F%2Fevil.example&txn=t&secret=s"],
  ["that is no link", "hello"],
])("a link %s is refused and nothing is sent", async (_name, link) => {
  await open({ device: "same" });
  await page.fill("#link", link);
  await connect();
  expect(await alert()).toBe("We could not read that link. Please check it.");
  expect(bridge.steps).toEqual([]);
});

test("the signature certificate is presented with both PINs", async () => {
  await open({ device: "other", purpose: "attributes" });
  await connect();
  await enter("number", "42");
  expect(await tries()).toBe("Tries left: 3 for user authentication, 5 for signatures.");
  await page.fill("#pin", "1234");
  await page.fill("#signature-pin", "ABC999");
  await page.click("[data-pin-form] button");
  expect(await alert()).toBe("That PIN is not right.");
  expect(await tries()).toBe("Tries left: 3 for user authentication, 4 for signatures.");
  await page.fill("#pin", "1234");
  await page.fill("#signature-pin", "ＡＢＣ１２３");
  await page.click("[data-pin-form] button");
  await page.waitForSelector('[data-when="done"]:visible');
  expect(bridge.proofs).toMatchObject([{ attributes: { certificate: expect.any(String), signature: expect.any(String) } }]);
});
