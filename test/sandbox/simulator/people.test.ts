import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Simulator } from "../../../src/sandbox/simulator/simulator.ts";
import { type CarefulParty, registerParty, startFree, tell } from "./relying-party.ts";

let simulator: Simulator;
let party: CarefulParty;
beforeAll(async () => {
  simulator = await startFree();
  party = await registerParty(simulator);
});
afterAll(() => simulator.close());

describe("who signs in, and how far", () => {
  const rows: [name: string, next: object, parameters: Record<string, string>, outcome: object][] = [
    ["nothing ordered", {}, {}, { ial: 3, aal: 2, amr: expect.arrayContaining(["mfa"]), assurance: { evidence: { medium: "smartphone" } } }],
    ["another persona", { persona: "good-card" }, {}, { ial: 3, assurance: { evidence: { medium: "card" } } }],
    ["as far as it is asked", {}, { acr_values: "urn:jpki-bridge:ial3-aal3" }, { aal: 3 }],
    ["further than it is asked", { level: "ial3-aal3" }, {}, { aal: 3 }],
    ["not as far as it is asked", { level: "ial3-aal2" }, { acr_values: "urn:jpki-bridge:ial3-aal3" }, { error: "unmet_authentication_requirements" }],
    ["a person whose certificate was revoked", { persona: "next-generation", level: "ial1-aal2" }, { acr_values: "" }, { ial: 1, assurance: { evidence: { status: "revoked" } } }],
    ["the same person with a new certificate", { persona: "next-generation" }, {}, { ial: 3 }],
    ["a person whose certificate was never accepted", { persona: "sub-ca-forgery" }, {}, { error: "access_denied" }],
    ["a person who declines", { declines: true }, {}, { error: "access_denied" }],
    ["nobody at prompt=none", {}, { prompt: "none" }, { error: "login_required" }],
    ["somebody who is signed in, at prompt=none", { signed_in: true }, { prompt: "none" }, { ial: 3, aal: 2 }],
    ["somebody who is signed in and was here never before", { signed_in: true, persona: "renewed" }, { prompt: "none" }, { error: "consent_required" }],
  ];
  test.for(rows)("%s", async ([, next, parameters, outcome]) => {
    await tell(simulator, "/next", next);
    const reached = await party.signIn(parameters, {}).then(({ claims }) => claims, (error: unknown) => error);
    expect(reached).toMatchObject(outcome);
  });
});

test("with tokens bound to a key, the faults come as well", async () => {
  const bound = await registerParty(simulator, { dpop: true });
  expect((await bound.signIn()).claims).toMatchObject({ ial: 3, fal: 3 });
  await tell(simulator, "/next", { fault: "userinfo_sub_differs" });
  await expect(bound.signIn()).rejects.toMatchObject({ cause: { message: expect.stringContaining('"sub"') as string } });
});
