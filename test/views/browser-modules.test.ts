import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { html } from "../../views/html.ts";
import * as pages from "../../views/pages/index.ts";
import { BrowserStage, context, json, refusal, type Json } from "./browser-stage.ts";

let stage: BrowserStage;
let page: Page;
let calls: { readonly call: string; readonly body: Json; readonly token: unknown }[];
beforeAll(async () => {
  stage = await BrowserStage.open();
});
afterAll(() => stage.close());
beforeEach(async () => {
  calls = [];
  stage.handlers.clear();
  on("GET /next", () => html`<!doctype html><title>next</title>`);
  page = await stage.newPage();
});
afterEach(async () => {
  expect(stage.complaints).toEqual([]);
  await page.context().close();
});

type Handler = Parameters<typeof stage.handlers.set>[1];

/** Answers a call, and records what was asked. */
function on(call: string, handler: Handler): void {
  stage.handlers.set(call, (body, headers) => {
    if (call.startsWith("POST")) calls.push({ call, body, token: headers["x-csrf-token"] });
    return handler(body, headers);
  });
}

const alert = (): Promise<string> => page.locator("[data-alert]:not(:empty)").innerText();
const challenge = Buffer.alloc(32, 7).toString("base64url");
const creation = { challenge, rp: { id: "localhost", name: "Bridge" }, user: { id: "dXNlcg", name: "u", displayName: "u" }, pubKeyCredParams: [{ type: "public-key", alg: -7 }], authenticatorSelection: { residentKey: "required", userVerification: "required" } };
const party = { name: "図書館", host: "library.example.jp" };

describe("sign-in", () => {
  /** Makes a passkey in the browser, then opens the sign-in page. */
  async function open(verify: Handler, autofill: boolean, offered?: object): Promise<void> {
    // A virtual authenticator picks for autofill at once, which would leave nothing to the button.
    if (!autofill) await page.addInitScript("PublicKeyCredential.isConditionalMediationAvailable = async () => false");
    const enrol = { ...context, optionsUrl: "/continue", passkeyUrl: "/passkey" };
    on("GET /make", () => pages.enrolContinuePage(enrol, "en"));
    on("POST /continue", () => json({ options: creation }));
    on("POST /passkey", () => json({ number: "123456" }));
    await page.goto(`${stage.origin}/make#txn=t&token=s`);
    await page.click("[data-make]");
    await page.waitForSelector("[data-number]:not(:empty)");
    on("GET /sign-in", () => pages.signInPage({ ...context, party, uid: "u", optionsUrl: "/options", verifyUrl: "/verify", enrolUrl: "/enrol", recoverUrl: "/recover", cancelUrl: "/cancel", ...(offered !== undefined && { offered }) }, "en"));
    on("POST /options", () => json({ options: { challenge, rpId: "localhost", userVerification: "required" }, challenge_id: "c1" }));
    on("POST /verify", verify);
    await page.goto(`${stage.origin}/sign-in`);
  }

  test.each([
    ["by the button", false],
    ["from the browser's autofill", true],
  ])("%s posts the assertion with the anti-forgery token and goes where it is told", async (_name, autofill) => {
    await open(() => json({ location: "/next" }), autofill);
    if (!autofill) {
      expect(await page.isVisible("#passkey-field")).toBe(false);
      await page.click("[data-sign-in]");
    }
    await page.waitForURL("**/next");
    const verified = calls.filter(({ call }) => call === "POST /verify");
    expect(verified).toHaveLength(1);
    expect(verified[0]).toMatchObject({ token: "token-1", body: { challenge_id: "c1", credential: { type: "public-key", response: { userHandle: "dXNlcg" } } } });
  });

  test("uses what the page brought along once, then asks", async () => {
    await open(() => refusal(400, "passkey_response_invalid"), false, { options: { challenge, rpId: "localhost", userVerification: "required" }, challenge_id: "brought" });
    await page.click("[data-sign-in]");
    await alert();
    await page.click("[data-sign-in]");
    await expect.poll(() => calls.filter(({ call }) => call === "POST /verify").map(({ body }) => body["challenge_id"]), { timeout: 5000 }).toEqual(["brought", "c1"]);
    expect(calls.filter(({ call }) => call === "POST /options")).toHaveLength(1);
  });

  test.each([
    ["an outage", "service_unavailable", 503, "words for service_unavailable"],
    ["an answer that is not ours", undefined, 502, "There was no connection. Please check it and try again."],
  ])("says what is wrong after %s, and can be tried again", async (_name, error, status, sentence) => {
    let answers = 0;
    const first = error === undefined ? { status, json: {} } : refusal(status, error);
    await open(() => ((answers += 1) === 1 ? first : json({ location: "/next" })), false);
    await page.click("[data-sign-in]");
    expect(await alert()).toBe(sentence);
    await page.click("[data-sign-in]");
    await page.waitForURL("**/next");
  });

  test("lets the browser forget a passkey that the server does not know", async () => {
    await page.addInitScript("PublicKeyCredential.signalUnknownCredential = async (signal) => { document.documentElement.dataset.forgotten = JSON.stringify(signal); }");
    await open(() => refusal(403, "passkey_unknown"), false);
    await page.click("[data-sign-in]");
    expect(await alert()).toBe("words for passkey_unknown");
    const posted = calls.find(({ call }) => call === "POST /verify")?.body["credential"] as { id: string };
    expect(JSON.parse(await page.getAttribute("html", "data-forgotten") ?? "")).toEqual({ rpId: "localhost", credentialId: posted.id });
  });

  test("stops offering autofill when every pick is refused", async () => {
    await open(() => refusal(400, "passkey_response_invalid"), true);
    const verified = (): number => calls.filter(({ call }) => call === "POST /verify").length;
    await expect.poll(verified, { timeout: 5000 }).toBe(5);
    await page.waitForTimeout(500);
    expect(verified()).toBe(5);
    expect(await alert()).toBe("words for passkey_response_invalid");
  });
});

describe("enrolment in the browser that opened it", () => {
  const common = { ...context, party, state: "open", statusUrl: "/status", cancelUrl: "/cancel", restartUrl: "/again", signInUrl: "/sign-in", minutesLeft: 5, appLink: "https://app.example/#secret=s" } as const;

  async function follow(...answers: readonly ReturnType<Handler>[]): Promise<void> {
    let next = 0;
    on("GET /progress", () => pages.enrolProgressPage({ ...common, device: "other", qrCode: html`<svg></svg>` }, "en"));
    on("GET /status", () => answers[Math.min(next++, answers.length - 1)] ?? refusal(404, "not_found"));
    await page.goto(`${stage.origin}/progress`);
  }

  test("shows the number once a phone is connected, then goes on by itself", async () => {
    await follow(json({ state: "open" }), json({ state: "claimed", number: "42" }), json({ state: "numbered" }), json({ state: "complete", location: "/next" }));
    await page.waitForSelector("[data-number]:visible");
    expect(await page.innerText("[data-number]")).toBe("42");
    expect(await page.innerText("h1")).toBe("Number to enter on your phone");
    expect(await page.title()).toBe("Number to enter on your phone | jpki-bridge");
    expect(await page.isVisible(".qr")).toBe(false);
    await page.waitForURL("**/next");
  });

  test.each([
    ["a failure", json({ state: "failed", error: "certificate_revoked", error_description: "It is revoked." }), "It is revoked.", "We could not continue"],
    ["a transaction that is gone", refusal(404, "transaction_unknown"), "words for transaction_unknown", "We could not continue"],
  ] as const)("ends at %s with its sentence", async (_name, answer, sentence, heading) => {
    await follow(json({ state: "open" }), answer);
    expect(await alert()).toBe(sentence);
    expect(await page.innerText("h1")).toBe(heading);
    expect(await page.isVisible('a[href="/again"]')).toBe(true);
  });

  test("asks for a sign-in when the passkey is on the other device", async () => {
    await follow(json({ state: "complete" }));
    await page.waitForSelector('a[href="/sign-in"]:visible');
    expect(await page.innerText("h1")).toBe("You are registered");
  });
});

describe("the way back from the app", () => {
  const open = async (fragment: string, answer: ReturnType<Handler>): Promise<void> => {
    on("GET /return", () => pages.enrolReturnPage({ ...context, returnUrl: "/enrolment/return" }, "en"));
    on("POST /enrolment/return", () => answer);
    await page.goto(`${stage.origin}/return${fragment}`);
  };

  test("hands the code over and takes it out of the address bar", async () => {
    await open("#txn=t1&code=c1", json({ location: "/next" }));
    await page.waitForURL("**/next");
    expect(calls).toEqual([{ call: "POST /enrolment/return", body: { txn: "t1", code: "c1" }, token: "token-1" }]);
    await page.goBack();
    expect(page.url()).toBe(`${stage.origin}/return`);
  });

  test.each([
    ["a code of another browser", "#txn=t1&code=c1", "words for return_code_invalid", 1],
    ["no code", "#txn=t1", "This link cannot be used or has expired.", 0],
    ["nothing", "", "This link cannot be used or has expired.", 0],
  ] as const)("refuses %s", async (_name, fragment, sentence, asked) => {
    await open(fragment, refusal(403, "return_code_invalid"));
    expect(await alert()).toBe(sentence);
    expect(await page.innerText("h1")).toBe("We could not take you back");
    expect(calls).toHaveLength(asked);
  });
});

describe("the passkey in the phone's browser", () => {
  const open = async (options: ReturnType<Handler>, fragment = "#txn=t1&token=s1"): Promise<void> => {
    on("GET /continue", () => pages.enrolContinuePage({ ...context, optionsUrl: "/options", passkeyUrl: "/passkey" }, "en"));
    on("POST /options", () => options);
    on("POST /passkey", () => json({ number: "123456" }));
    await page.goto(`${stage.origin}/continue${fragment}`);
  };

  test("is made by the person, and its number shown", async () => {
    await open(json({ options: creation }));
    expect(calls).toEqual([]);
    expect(page.url()).toBe(`${stage.origin}/continue`);
    expect(await page.getAttribute("[data-language]", "href")).toMatch(/\?ui_locales=ja#txn=t1&token=s1$/);
    await page.click("[data-make]");
    await page.waitForSelector("[data-number]:visible");
    expect(await page.innerText("[data-number]")).toBe("123456");
    expect(calls.map(({ call }) => call)).toEqual(["POST /options", "POST /passkey"]);
    expect(calls[1]?.body).toMatchObject({ txn: "t1", token: "s1", credential: { type: "public-key" } });
  });

  test("is not made with a link that was used", async () => {
    await open(refusal(403, "continuation_invalid"));
    await page.click("[data-make]");
    expect(await alert()).toBe("words for continuation_invalid");
    expect(await page.isVisible("[data-make]")).toBe(false);
  });

  test("is not made without a link", async () => {
    await open(json({ options: creation }), "");
    expect(await alert()).toBe("This link cannot be used or has expired.");
  });
});
