import { request } from "node:http";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { faultList } from "../../../src/sandbox/simulator/faults/catalogue.ts";
import type { Simulator } from "../../../src/sandbox/simulator/simulator.ts";
import { HttpBrowser } from "../../support/http-browser.ts";
import { registerParty, startFree, tell } from "./relying-party.ts";

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startFree();
});
afterAll(() => simulator.close());
beforeEach(async () => void (await fetch(`${simulator.control}/next`, { method: "DELETE" })));

const get = async (path: string): Promise<unknown> => (await fetch(`${simulator.control}${path}`)).json();

describe("the control API", () => {
  test("describes itself: every path answers as its method says", async () => {
    const { openapi, paths, issuer } = (await get("/")) as { openapi: string; issuer: string; paths: Record<string, Record<string, unknown>> };
    expect([openapi, issuer]).toEqual(["3.1.0", simulator.issuer]);
    for (const [path, methods] of Object.entries(paths)) {
      for (const method of Object.keys(methods)) {
        const { status } = await fetch(`${simulator.control}${path}`, { method: method.toUpperCase() });
        expect([path, method, [200, 400].includes(status)]).toEqual([path, method, true]);
      }
    }
  });

  test("lists every fault with what it is and what is right, each name once", async () => {
    const listed = (await get("/faults")) as typeof faultList;
    expect(listed).toEqual(faultList);
    expect(new Set(listed.map(({ name }) => name)).size).toBe(listed.length);
    expect(listed.filter(({ description, expected }) => description === "" || expected === "")).toEqual([]);
    expect(listed.length).toBeGreaterThan(100);
  });

  test("lists the personas", async () => {
    expect(await get("/personas")).toContainEqual(expect.objectContaining({ id: "good-phone", state: "good", medium: "smartphone" }));
  });

  const wrong: [name: string, body: object | string, at: string][] = [
    ["what is no JSON", "{fault: nonce_wrong}", "body: is not JSON, or no object$"],
    ["what is no object", '"nonce_wrong"', "body: is not JSON, or no object$"],
    ["a fault that is nearly one", { fault: "nonce_worng" }, "fault: there is no such fault here, the nearest is nonce_wrong; GET /faults lists all$"],
    ["a persona that there is not", { persona: "nobody" }, "persona: "],
    ["a fault that there is not", { fault: "nothing" }, "fault: "],
    ["a level that there is not", { level: "ial4" }, "level: "],
    ["no times", { count: 0 }, "count: "],
    ["a member that there is not", { person: "good-phone" }, "body: "],
  ];
  test.for(wrong)("refuses %s, and says which member", async ([, body, at]) => {
    const answer = await fetch(`${simulator.control}/next`, { method: "POST", body: typeof body === "string" ? body : JSON.stringify(body), headers: { "content-type": "application/json" } });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: "invalid_request", error_description: expect.stringMatching(`^${at}`) as string });
    expect(await get("/next")).toEqual([]);
  });

  const strangers: [name: string, headers: Record<string, string>][] = [
    ["a page of another site", { origin: "https://attacker.example", "content-type": "application/json" }],
    ["another name for this host", { host: "attacker.example", "content-type": "application/json" }],
    ["a form of another site", { "sec-fetch-site": "cross-site", "content-type": "text/plain" }],
  ];
  test.for(strangers)("refuses %s", async ([, headers]) => {
    const status = await new Promise((resolve, reject) => {
      const sent = request(`${simulator.control}/next`, { method: "POST", headers }, (answer) => resolve(answer.resume().statusCode));
      sent.once("error", reject);
      sent.end('{"persona":"good-card"}');
    });
    expect(status).toBe(403);
    expect(await get("/next")).toEqual([]);
  });
});

describe("orders", () => {
  test("are taken as often as they say, then all is well", async () => {
    const party = await registerParty(simulator);
    await tell(simulator, "/next", { fault: "access_denied", count: 2 });
    const outcomes: string[] = [];
    for (let number = 0; number < 3; number += 1) outcomes.push(await party.signIn().then(() => "code", (error: { error: string }) => error.error));
    expect(outcomes).toEqual(["access_denied", "access_denied", "code"]);
  });

  test("of one client leave others alone", async () => {
    const [one, other] = [await registerParty(simulator), await registerParty(simulator)];
    await tell(simulator, "/next", { client_id: one.clientId, fault: "access_denied" });
    await other.signIn();
    await expect(one.signIn()).rejects.toMatchObject({ error: "access_denied" });
  });

  test("for a request leave sign-ins alone, and the other way round", async () => {
    const party = await registerParty(simulator);
    await tell(simulator, "/next", { fault: "revocation_server_error" });
    await tell(simulator, "/next", { persona: "good-card" });
    expect((await party.signIn()).claims).toMatchObject({ assurance: { evidence: { medium: "card" } } });
    expect(await get("/next")).toMatchObject([{ fault: "revocation_server_error", count: 1 }]);
  });

  test("are told of afterwards: what came of the sign-in, and whether the fault has shown itself", async () => {
    const party = await registerParty(simulator);
    await tell(simulator, "/next", { fault: "nonce_wrong" });
    await tell(simulator, "/next", { fault: "refresh_revoked" });
    await expect(party.signIn()).rejects.toThrow();
    await party.signIn();
    const records = (await get("/sign-ins")) as object[];
    expect(records.slice(-2)).toMatchObject([
      { client_id: party.clientId, persona: "good-phone", fault: "nonce_wrong", outcome: "code", fault_shown: true },
      { client_id: party.clientId, fault: "refresh_revoked", outcome: "code", fault_shown: false },
    ]);
  });

  test("interactive: the pages are shown, and the fault comes at their end", async () => {
    const party = await registerParty(simulator);
    await tell(simulator, "/next", { client_id: party.clientId, interactive: true, fault: "state_wrong" });
    const browser = new HttpBrowser();
    const begun = await party.begin();
    const page = await browser.open(begun);
    expect([page.status, page.text.includes("/passkey/options")]).toEqual([200, true]);
    const left = await browser.submit(page, `${new URL(page.url).pathname}/cancel`);
    const callback = new URL(left.headers.get("location") ?? "");
    expect([callback.searchParams.get("error"), callback.searchParams.get("state")]).toEqual(["access_denied", "wrong"]);
  });
});
