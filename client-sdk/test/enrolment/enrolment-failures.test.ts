import { describe, expect, test } from "vitest";
import { EnrolmentClient } from "../../src/enrolment/enrolment-client.ts";
import { ProvedEnrolment } from "../../src/enrolment/passkey-steps.ts";
import { applet, type BridgeOptions, credential, startServer } from "../support/enrolment-rig.ts";
import type { EnrolmentServer, Json, Planned } from "../support/enrolment-server.ts";

let server: EnrolmentServer;

/** Goes as far as the step and takes it, on the same device. */
async function goTo(step: string, options: Omit<BridgeOptions, "device">): Promise<unknown> {
  server = await startServer({ device: "same", ...options });
  const claimed = await (await EnrolmentClient.open({ link: server.link, issuers: [server.issuer] })).claim();
  if (step === "status") return claimed.status();
  if (step === "cancel") return claimed.cancel();
  const proved = await (await claimed.statement()).prove({ applet, pin: "1234" });
  if (!(proved instanceof ProvedEnrolment)) return proved;
  if (step.startsWith("passkey")) return proved.createPasskey(async () => credential);
  return (await proved.continuation()).confirm("123456");
}

const refusal = (status: number, error: string, more: Json = {}, headers: Record<string, string> = {}): Planned => ({
  status,
  body: { error, error_description: `「${error}」`, ...more },
  headers,
});

describe("a refusal by the bridge is passed on with its facts", () => {
  test.each<[string, Planned, object]>([
    ["claim", refusal(403, "claim_secret_wrong"), {}],
    ["claim", refusal(409, "transaction_already_claimed"), {}],
    ["claim", refusal(410, "transaction_expired"), {}],
    ["claim", refusal(404, "transaction_unknown"), {}],
    ["claim", refusal(401, "device_proof_invalid"), {}],
    ["claim", refusal(429, "rate_limited", {}, { "retry-after": "30" }), { retryAfter: 30 }],
    ["statement", refusal(403, "number_wrong", { attempts_left: 1 }), { attemptsLeft: 1 }],
    ["statement", refusal(403, "number_attempts_exhausted", { attempts_left: 0 }), { attemptsLeft: 0 }],
    ["statement", refusal(410, "transaction_cancelled"), {}],
    ["statement", refusal(401, "device_proof_used"), {}],
    ["proof", refusal(409, "challenge_used"), {}],
    ["proof", refusal(403, "proof_invalid"), {}],
    ["proof", refusal(403, "certificate_revoked"), {}],
    ["proof", refusal(403, "certificate_not_accepted"), {}],
    ["proof", refusal(403, "person_mismatch"), {}],
    ["proof", refusal(503, "status_unavailable", {}, { "retry-after": "5" }), { retryAfter: 5 }],
    ["proof", refusal(503, "status_unavailable", {}, { "retry-after": "Wed, 21 Oct 2026 07:28:00 GMT" }), { retryAfter: undefined }],
    ["passkey/options", refusal(409, "transaction_wrong_state"), {}],
    ["passkey", refusal(400, "passkey_response_invalid"), {}],
    ["passkey", refusal(409, "passkey_already_registered"), {}],
    ["continuation", refusal(403, "device_key_mismatch"), {}],
    ["confirm", refusal(403, "number_wrong", { attempts_left: 2 }), { attemptsLeft: 2 }],
    ["status", refusal(404, "transaction_unknown"), {}],
    ["cancel", refusal(500, "internal_error"), {}],
    ["claim", refusal(418, "a_code_of_a_later_version"), {}],
  ])("%s: %j", async (step, planned, facts) => {
    const { error, error_description } = planned.body as Json;
    const outcome = goTo(step, { planned: { [step]: planned } });
    await expect(outcome).rejects.toMatchObject({ name: "EnrolmentError", code: error, description: error_description, ...facts });
    expect(server.steps).toContain(step);
  });
});

describe("an answer that is none of the protocol", () => {
  test.each<[string, Planned, string]>([
    ["a page with status 200", { status: 200, body: "<html>" }, "network_error"],
    ["JSON cut short", { status: 200, body: '{"request":{"iss"' }, "network_error"],
    ["nothing at all", { status: 200, body: "" }, "network_error"],
    ["no member", { status: 200, body: "{}" }, "answer_malformed"],
    ["an array", { status: 200, body: "[]" }, "network_error"],
    ["null", { status: 200, body: "null" }, "network_error"],
    ["nothing", { status: 204, body: "" }, "answer_malformed"],
    ["a page with status 404", { status: 404, body: "<html>" }, "answer_malformed"],
    ["a refusal without a code", { status: 403, body: {} }, "answer_malformed"],
    ["a proxy's page", { status: 502, body: "<html>" }, "network_error"],
    ["a redirect", { status: 307, body: "", headers: { location: "cancel" } }, "network_error"],
  ])("%s", async (_, planned, code) => {
    await expect(goTo("claim", { planned: { claim: planned } })).rejects.toMatchObject({ name: "EnrolmentError", code });
    expect(server.steps).toEqual(["claim"]);
  });

  // Each row: the step, what its right answer is changed to, and where the device finds fault.
  test.each<[string, (answer: Json) => Json, string]>([
    ["claim", () => ({}), "request"],
    ["claim", inRequest({ iss: "https://evil.example" }), "request.iss"],
    ["claim", inRequest({ txn: "txn-2" }), "request.txn"],
    ["claim", inRequest({ purpose: "payment" }), "request.purpose"],
    ["claim", inRequest({ client_id: 1 }), "request.client_id"],
    ["claim", inRequest({ client_name: "" }), "request.client_name"],
    ["claim", inRequest({ client_name: "Shop\u202emoc.knab" }), "request.client_name"],
    ["claim", inRequest({ client_name: "Shop\nYour bank" }), "request.client_name"],
    ["claim", inRequest({ client_name: "Shop \ud800" }), "request.client_name"],
    ["claim", inRequest({ client_host: undefined }), "request.client_host"],
    ["claim", inRequest({ client_host: "bаnk.example" }), "request.client_host"],
    ["claim", inRequest({ client_host: "bank.example/@evil.example" }), "request.client_host"],
    ["claim", inRequest({ device: "phone" }), "request.device"],
    ["claim", inRequest({ device: "other" }), "number_required"],
    ["claim", (answer) => ({ ...answer, number_required: true }), "number_required"],
    ["claim", inRequest({ expires_at: "soon" }), "request.expires_at"],
    ["statement", () => ({}), "statement"],
    ["statement", ({ statement }) => ({ statement: { ...(statement as Json), amount: 1 } }), "statement"],
    ["proof", () => ({}), "next"],
    ["proof", () => ({ next: "wait" }), "next"],
    ["proof", () => ({ next: "return", return_url: "https://evil.example/" }), "return_url"],
    ["passkey/options", () => ({}), "options"],
    ["passkey/options", () => ({ options: {} }), "options.challenge"],
    ["passkey", () => ({ next: "passkey" }), "next"],
    ["passkey", () => ({ next: "return" }), "return_url"],
    ["passkey", () => ({ next: "return", return_url: "javascript:alert(1)" }), "return_url"],
    ["passkey", () => ({ next: "return", return_url: "/relative" }), "return_url"],
    ["passkey", () => ({ next: "return", return_url: `blob:${server.issuer}/page` }), "return_url"],
    ["passkey", () => ({ next: "return", return_url: server.issuer.replace("//", "//shop.example@") }), "return_url"],
    ["continuation", (answer) => ({ ...answer, url: "https://evil.example/" }), "url"],
    ["continuation", (answer) => ({ ...answer, expires_at: null }), "expires_at"],
    ["confirm", () => ({ next: 1 }), "next"],
    ["status", () => ({ expires_at: 1 }), "state"],
    ["status", () => ({ state: "claimed" }), "expires_at"],
  ])("%s, row %#: %s", async (step, change, at) => {
    const outcome = goTo(step, { tamper: (current, answer) => (current === step ? change(answer) : answer) });
    await expect(outcome).rejects.toMatchObject({ name: "EnrolmentError", code: "answer_malformed", at });
  });
});

function inRequest(members: Json): (answer: Json) => Json {
  return (answer) => ({ ...answer, request: { ...(answer["request"] as Json), ...members } });
}

describe("a bridge that cannot be reached", () => {
  test("is a network error with its cause, and the step may be tried again", async () => {
    server = await startServer({ device: "same" });
    let isDown = true;
    const fetch: typeof globalThis.fetch = async (...call) => {
      if (isDown) throw new TypeError("fetch failed");
      return globalThis.fetch(...call);
    };
    const client = await EnrolmentClient.open({ link: server.link, issuers: [server.issuer], fetch });
    await expect(client.claim()).rejects.toMatchObject({ code: "network_error", cause: expect.any(TypeError) });
    isDown = false;
    expect((await client.claim()).request.device).toBe("same");
  });

  test("a call takes no cookie, no cache, no referrer and no redirect along", async () => {
    server = await startServer({ device: "same" });
    const calls: unknown[] = [];
    const fetch: typeof globalThis.fetch = async (url, init) => {
      calls.push(init);
      return globalThis.fetch(url, init);
    };
    await (await EnrolmentClient.open({ link: server.link, issuers: [server.issuer], fetch })).claim();
    expect(calls).toEqual([expect.objectContaining({ credentials: "omit", cache: "no-store", referrerPolicy: "no-referrer", redirect: "error" })]);
  });

  test("the device's clock is the one handed in", async () => {
    server = await startServer({ device: "same" });
    const now = (): number => Math.floor(Date.now() / 1000) - 3600;
    const client = await EnrolmentClient.open({ link: server.link, issuers: [server.issuer], now });
    await expect(client.claim()).rejects.toMatchObject({ code: "device_proof_invalid" });
  });
});
